"""Run files through the command line."""

import json

from .conftest import TINY


def test_run_files_of_a_cell_have_its_figures(langmix, refused, tmp_path):
    done = langmix(*TINY, "sampler=none", "retrieval.run_files=true", "retrieval.run_depth=100000")
    assert done.returncode == 0, done.stderr
    metrics = next((tmp_path / "outputs").rglob("metrics.json"))
    folder = next(path.parent for path in (tmp_path / "outputs").rglob("pool.run"))
    whole, cut = folder / "pool.run", tmp_path / "cut.run"
    cut.write_text("".join(line for line in whole.open() if int(line.split()[3]) <= 20))
    overrides = [word for word in TINY if word.startswith("dataset")]
    done = langmix("score", str(whole), str(cut), *overrides, "--output", str(tmp_path / "scored"))
    assert done.returncode == 0, done.stderr
    assert "cut: " in done.stdout
    assert "count as never found; measures that need every rank and settings of one candidate language" in done.stdout
    expected = json.loads(metrics.read_text())
    found = json.loads((tmp_path / "scored" / "pool.json").read_text())
    for name in ("monolingual/map", "cross_lingual/map", "multilingual/map", "multilingual/rank_distance"):
        assert abs(found[f"atlas/{name}"] - expected[f"atlas/{name}"]) < 1e-12
    assert "atlas/multilingual/rank_distance" not in json.loads((tmp_path / "scored" / "cut.json").read_text())
    beside = langmix("score", "bm25", str(whole), *overrides)
    assert beside.returncode == 0, beside.stderr
    assert "pool against bm25" in " ".join(beside.stdout.split())
    other = tmp_path / "other" / "pool.run"
    other.parent.mkdir()
    other.write_text(cut.read_text())
    done = langmix("score", str(whole), str(other), *overrides, "--measures", "bias", "--output", str(tmp_path / "two"))
    assert done.returncode == 0, done.stderr
    assert "TLR@20" in done.stdout
    assert "Kendall" not in done.stdout
    assert len(list((tmp_path / "two").glob("*_pool.run.json"))) == 2  # whose files have one name
    line = refused("score", str(cut), str(whole), *overrides, "--measures", "kendall_w")
    assert line.startswith("kendall_w: is not measured there (is: ")
    assert refused("score", *overrides).startswith("no run file is given: langmix score FILE.run")
    assert refused("score", str(tmp_path / "none.run"), *overrides).endswith("no such file")
    assert refused("score", str(whole), str(whole), *overrides).endswith("is given twice")
    line = refused("score", str(whole), "dataset=atlas", "dataset.languages=[en,de]")
    assert "candidate '" in line
    assert line.endswith("' is none of atlas's")
