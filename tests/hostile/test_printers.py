"""Whatever a name holds, a row of a table stays a row, a line a line, and the name is printed as it is."""

import contextlib
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
from hypothesis import given, settings

from langmix.app import cli, tables
from langmix.cell_key import CellKey
from langmix.console import console
from langmix.store import Store
from langmix.studies.comparison import COLUMNS, comparison_text
from langmix.studies.contest_table import comparison
from langmix.studies.differences import _table as differences
from langmix.tracking.cell import BECAUSE, REASON, Cell

from .strings import HOSTILE, is_readable, is_unicode

FEW = settings(max_examples=25)
BREAKS = "\r\x1b\0\b\x85\u2028\u202e\u2066"


@contextlib.contextmanager
def printed():
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="")
    with contextlib.redirect_stdout(out):
        yield out
    out.flush()


def content(out):
    return out.buffer.getvalue().decode()


def harmless(text):
    return not any(each in text for each in BREAKS)


def shown(name, text):
    """Whether the text holds the name, at least its beginning where it had to be folded or is very long."""
    return not is_readable(name) or not name.isprintable() or "".join(name.split())[:8] in "".join(text.split())


def a_cell(name, dataset="xquad_r", status="FINISHED"):
    key = CellKey(name, "x_y", dataset, 0)
    metrics = {f"{dataset}/{column.metric}": 0.5 for column in COLUMNS}
    return Cell("run", key, status, metrics, {}, {BECAUSE: name} | ({} if status == "FINISHED" else {REASON: name}))


@FEW
@given(HOSTILE)
def test_comparison_of_cells(name):
    for status in ("FINISHED", "FAILED"):
        text = comparison_text([a_cell(name, status=status), a_cell("other")], 120)
        assert harmless(text)
        assert shown(name, text)
        assert text.splitlines()[0].split()[0] == "mono"


@FEW
@given(HOSTILE)
def test_outcomes_of_a_sweep(name):
    with printed() as out:
        tables.show_outcomes([a_cell(name), a_cell("other")])
    assert harmless(content(out))
    assert shown(name, content(out))


@FEW
@given(HOSTILE)
def test_a_cell(name):
    outcome = SimpleNamespace(
        key=CellKey(name, "x_y", "toy", 0),
        languages=pd.DataFrame({"query_language": ["en"], "setting": ["monolingual"], "map": [0.5]}),
        store=Store(Path(f"/stores/{name}")),
        run_id="0",
    )
    with printed() as out:
        tables.show_cell(outcome, f"outputs/{name}")
    assert harmless(content(out))
    assert shown(name, content(out))


@FEW
@given(HOSTILE.filter(is_unicode))
def test_comparison_of_runs_and_values(name):
    row = {"run": name, "baseline": name, "dataset": "d", "setting": "monolingual", "language": "all"}
    row |= {"measure": "average_precision", "verdict": name, "p_adjusted": 0.5, "p_holm": 0.5}
    row |= dict.fromkeys(("baseline_mean", "mean", "difference", "ci_low", "ci_high"), 0.1)
    with printed() as out:
        console().print(comparison(pd.DataFrame([row]), name, languages=False))
        console().print(differences(name, [("backbone.name", name, "other")]))
    assert harmless(content(out))
    assert shown(name, content(out))


@FEW
@given(HOSTILE)
def test_an_error_is_one_line(name):
    errors = io.StringIO()
    with contextlib.redirect_stderr(errors):
        assert cli._report(f"id '{name}'") == cli.FAILURE
    assert errors.getvalue().splitlines() == [errors.getvalue().removesuffix("\n")]
    assert harmless(errors.getvalue())


def test_a_terminal_without_the_letters_of_a_language(tmp_path):
    rows = [{"id": key, "query": f"q {key}", "passage": f"p {key}"} for key in ("中文", "ไทย")]
    (tmp_path / "en.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    overrides = ["corpus=jsonl", "corpus.files={en: en.jsonl}", "corpus.validation_fraction=0", "sampler=x_x_mono"]
    # A process of its own, as the encoding of a terminal is settled when Python starts.
    command = [sys.executable, "-c", "from langmix.app.cli import main\nmain()", "plan", *overrides]
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "LANGMIX_HOME": str(tmp_path / "store")}
    done = subprocess.run(
        [*command, "training.batch_size=2"], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "\\u4e2d\\u6587" in done.stdout
