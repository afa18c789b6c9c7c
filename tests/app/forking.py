"""The command with its imports done: a process that forks for every call, as the imports alone take eight seconds.

Run as a script it reads calls from its standard input, a line of JSON each, and answers with their exit statuses.
"""

import json
import os
import select
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from langmix.app.cli import main
from langmix.atlas.items import items
from langmix.atlas.splits import SPLITS
from langmix.tracking.client import quieten

COMMAND = str(Path(sys.executable).with_name("langmix"))


class Forking:
    """The process that forks; the first call starts it."""

    def __init__(self, folder):
        self._folder = folder
        self._process = None

    def run(self, arguments, cwd, environment, timeout):
        """What `subprocess.run` would return of the command."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, __file__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, process_group=0
            )
        files = [str(self._folder / name) for name in ("stdout", "stderr")]
        call = {"arguments": arguments, "cwd": str(cwd), "environment": environment, "files": files}
        self._process.stdin.write(json.dumps(call) + "\n")
        self._process.stdin.flush()
        if not select.select([self._process.stdout], [], [], timeout)[0]:
            self.end()
            raise subprocess.TimeoutExpired(arguments, timeout)
        status = int(self._process.stdout.readline())
        return subprocess.CompletedProcess(arguments, status, *(Path(name).read_text() for name in files))

    def end(self):
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)  # and what it forked
            self._process.communicate()
            self._process = None


def prepare():
    """Import what a cell that is trained imports, and read the atlas, which takes two seconds more.

    No thread may start, as it would not be there after a fork.
    """
    quieten()
    for module in (
        "langmix.app.cell",
        "langmix.evaluation.evaluate",
        "langmix.app.tables",
        "langmix.training.fit",
        "mlflow.store.tracking.sqlalchemy_store",
        "transformers.models.xlm_roberta.modeling_xlm_roberta",
    ):
        import_module(module)
    for split in SPLITS:
        items(split)


def become(call):
    """Turn this process into the one that was asked for."""
    os.chdir(call["cwd"])
    os.environ.clear()
    os.environ.update(call["environment"])
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in enumerate(call["files"], 1):
        os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv = [COMMAND, *call["arguments"]]


if __name__ == "__main__":
    prepare()
    for line in iter(sys.stdin.readline, ""):
        child = os.fork()
        if not child:
            become(json.loads(line))
            sys.exit(main())
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        sys.stdout.write(f"{status}\n")
        sys.stdout.flush()
