"""``langmix ui``: MLflow's pages of the store, at the comparison of a sweep."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import quote

from langmix.configuration.composition import add_config_dir, read
from langmix.console import console
from langmix.errors import LangmixError

_HOST = "127.0.0.1"  # what is tracked is nobody else's business; a server for a team is a mirror
_PATIENCE = 60.0  # seconds that MLflow may take to start
_MOST = 100  # runs that MLflow's page compares


def main(arguments: Sequence[str]) -> None:
    """Serve MLflow's pages until interrupted."""
    options = _parser().parse_intermixed_args(arguments)
    overrides = [each for each in options.names if "=" in each]
    names = [each for each in options.names if "=" not in each]

    from langmix.store import Store
    from langmix.tracking.read import experiments, fetch, selected

    asked = read(overrides, options.config_dir)
    store = Store.open(asked.place.root)
    cells = selected(store, fetch(store, asked.tracking.mirror, names), None, asked.tracking.experiment)
    if len(cells) > _MOST:
        raise LangmixError(f"{len(cells)} cells: MLflow's page compares {_MOST} at most; name a sweep, or fewer runs")
    out = console()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # else MLflow's server would outlive this one
    try:
        with _served(store.tracking_uri, options.port):
            place = _page([each.run_id for each in cells], experiments(store, cells))
            page = f"http://{_HOST}:{options.port}/#/{place}"
            out.print(f"{len(cells)} cells side by side: {page}", soft_wrap=True, highlight=False)
            out.print("choose what the axes are under Parameters and Metrics; Ctrl-C ends it", soft_wrap=True)
            if options.open and _has_display():
                webbrowser.open(page)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        out.print("ended")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="langmix ui",
        description="MLflow's pages of the store, on this machine alone, with the page that compares the cells named.",
    )
    parser.add_argument(
        "names",
        nargs="*",
        metavar="RUN_ID",
        help="MLflow ids of cells or of sweeps, or names of experiments (default: the experiment of the "
        "configuration); KEY=VALUE is an override",
    )
    parser.add_argument("--port", type=int, default=5000, help="(default: 5000)")
    parser.add_argument("--no-open", dest="open", action="store_false", help="open no browser")
    add_config_dir(parser)
    return parser


def _page(runs: Sequence[str], experiments: Sequence[str]) -> str:
    """Address of MLflow's page on a run, or on several side by side."""
    if len(runs) == 1:
        return f"experiments/{experiments[0]}/runs/{runs[0]}"
    return f"compare-runs?runs={quote(json.dumps(list(runs)))}&experiments={quote(json.dumps(list(experiments)))}"


@contextmanager
def _served(database: str, port: int) -> Iterator[None]:
    """MLflow's server, while the block runs.

    Raises:
        LangmixError: The port is taken, or the server does not start.
    """
    if reason := _taken(port):
        raise LangmixError(f"--port {port}: cannot be had ({reason}); give another")
    command = [sys.executable, "-m", "mlflow", "server", "--host", _HOST, "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(  # noqa: S603
        [*command, "--backend-store-uri", database],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait(process, port)
        yield
    finally:
        os.killpg(process.pid, 9)  # it only shows, and takes a minute to end by itself on a busy machine
        process.wait()
        while _taken(port):  # its workers end by themselves, and later
            time.sleep(0.05)


def _taken(port: int) -> str:
    """Why nothing can listen on a port; empty where it can."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except (OSError, OverflowError) as error:
            return str(error)
    return ""


def _wait(process: "subprocess.Popen[bytes]", port: int) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{_HOST}:{port}/health", timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise LangmixError(f"MLflow's server does not start on port {port}; try {sys.executable} -m mlflow server")


def _has_display() -> bool:
    return sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
