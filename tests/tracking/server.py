"""A real MLflow server."""

import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest


class Server:
    """Started by `up` and killed by `down`, as often as one likes; artifacts and its log go into a folder."""

    def __init__(self, folder, database):
        self._folder, self._database = folder, database
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.uri = f"http://127.0.0.1:{self.port}"
        self._process = None

    def up(self):
        command = [sys.executable, "-m", "mlflow", "server", "--workers", "1", "--port", str(self.port)]
        command += ["--backend-store-uri", self._database, "--artifacts-destination", self._folder]
        with (self._folder / "server.log").open("w") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, process_group=0)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{self.uri}/health", timeout=1)  # noqa: S310
            except OSError:
                time.sleep(0.1)
            else:
                return
        pytest.fail((self._folder / "server.log").read_text())

    def down(self):
        if self._process:
            os.killpg(self._process.pid, 9)
            self._process.wait()
            self._process = None
