"""MLflow's own pages, in a browser: cells under their sweep, and side by side by sampler."""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.request
from contextlib import contextmanager

import pytest

from langmix.store import Store
from tests.tracking.server import Server

from .conftest import TINY

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")


@contextmanager
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox", "--disable-gpu"])
        page = opened.new_page(viewport={"width": 1600, "height": 1000})
        page.set_default_timeout(60_000)
        yield page
        opened.close()


@pytest.fixture
def page(langmix, tmp_path):
    """A browser's page, and the address of a server that shows a sweep of two samplers."""
    if BROWSER is None:
        pytest.skip("no browser (Debian: chromium)")
    if importlib.util.find_spec("playwright") is None:
        pytest.skip("playwright is not installed")

    done = langmix("-m", *TINY, "sampler=x_y,x_x_mono")
    assert done.returncode == 0, done.stderr
    server = Server(tmp_path, Store.open(tmp_path / "store").tracking_uri)
    server.up()
    try:
        with browser() as page:
            page.goto(f"{server.uri}/#/experiments/1/runs")
            yield page
    finally:
        server.down()


def test_ui_shows_the_cells_of_a_sweep_side_by_side(langmix, refused, tmp_path):
    done = langmix("-m", *TINY, "sampler=x_y,x_x_mono")
    assert done.returncode == 0, done.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        assert refused("ui", f"--port={port}", *TINY).startswith(f"--port {port}: cannot be had")
    with showing(tmp_path, port, "INT") as line:
        assert line.startswith(f"2 cells side by side: http://127.0.0.1:{port}/#/compare-runs?runs=")
        if BROWSER is not None and importlib.util.find_spec("playwright") is not None:
            with browser() as page:
                page.goto(line.split(": ", 1)[1].strip())
                page.get_by_text("Comparing 2 Runs from 1 Experiment").wait_for()
                page.locator(".js-plotly-plot").first.wait_for()
                for name in ("tiny·x_x_mono·s0", "tiny·x_y·s0"):
                    page.get_by_text(name).first.wait_for()
    with showing(tmp_path, port, "TERM"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10).close()


@contextmanager
def showing(folder, port, ended_by):
    """The first line of `langmix ui`, which a signal ends with all that it started."""
    # Whoever runs the tests in the background has a shell that lets its children ignore an interrupt.
    command = ["env", f"--default-signal={ended_by}", sys.executable, "-c"]
    command += ["from langmix.app.cli import main; main()", "ui", f"--port={port}", "--no-open"]
    environment = {**os.environ, "LANGMIX_HOME": str(folder / "store"), "PYTHONUNBUFFERED": "1"}
    served = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        yield served.stdout.readline()
    finally:
        served.send_signal(getattr(signal, f"SIG{ended_by}"))
        assert served.wait(timeout=30) == 0
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1)


def test_cells_are_compared_by_sampler(page):
    page.locator("[role=gridcell]:has-text('sampler=x_y,x_x_mono') button").first.click()
    cells = page.locator("[role=row]:has([role=gridcell]:has-text('tiny·'))")
    cells.nth(1).wait_for()
    assert sorted(text.split("\n")[-1] for text in cells.locator("a").all_inner_texts()) == [
        "tiny·x_x_mono·s0",
        "tiny·x_y·s0",
    ]
    for row in [cell.get_attribute("row-index") for cell in cells.all()]:
        page.locator(f"[role=row][row-index='{row}'] input[type=checkbox]").first.check()
    page.get_by_role("button", name="Compare").first.click()
    page.get_by_text("Comparing 2 Runs from 1 Experiment").wait_for()

    plot = page.locator(".js-plotly-plot").first
    plot.wait_for()
    page.locator("input[role=combobox]").nth(1).click(force=True)  # metrics; the first are parameters
    for metric in ("atlas/multilingual/map", "atlas/multilingual/rank_distance"):
        option = page.locator(f"[title='{metric}']")
        page.locator("[class*=select-dropdown]").last.hover()
        for _ in range(100):
            if option.count():  # the list draws only what is in sight
                break
            page.mouse.wheel(0, 50)
            page.wait_for_timeout(100)
        option.first.click()
        plot.locator(f".axis-title:has-text('{metric}')").first.wait_for()
    axes = plot.locator(".axis-title").all_text_contents()
    assert {"sampler", "atlas/multilingual/map", "atlas/multilingual/rank_distance"} <= set(axes)
