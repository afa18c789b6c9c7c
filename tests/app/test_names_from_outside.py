"""Ids, names and codes from outside on the command line."""

import json

from tests.hostile.strings import NASTY, is_readable


def test_ids_of_a_plan(langmix, tmp_path):
    ids = [each for each in NASTY if is_readable(each) and len(each) < 100]
    rows = [{"id": key, "query": f"q {key}", "passage": f"p {key}"} for key in ids]
    (tmp_path / "en.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    overrides = ["corpus=jsonl", "corpus.files={en: en.jsonl}", "corpus.validation_fraction=0", "corpus.name='[b]x'"]
    done = langmix("plan", *overrides, "sampler=x_x_mono", "training.batch_size=3", "--batches", str(len(ids) // 3))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"[b]x: {len(ids)} pairs in 1 languages")
    assert not set(done.stdout) & set("\r\x1b\0\b\u2028\u202e")
    printed = "".join(done.stdout.split())
    for key in ("[bold]a", "[/]", ":pig:", "$x$", "می\u200cخواهم", "🙂", "../a", "=1+1"):
        assert key in printed


def test_yaml_reads_no_as_false(refused, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "no.jsonl").write_text(json.dumps({"id": "1", "query": "q", "passage": "p"}))
    header = "# @package _global_\ndefaults:\n  - override /corpus: jsonl\ncorpus:\n  files:\n    "
    for code, said in (("no", "YAML reads no, off and false so"), ("'no'", "batch_size=32 is more than")):
        (tmp_path / "conf" / "experiment" / "nordic.yaml").write_text(f"{header}{code}: no.jsonl\n")
        assert said in refused("--config-dir", "conf", "experiment=nordic", "sampler=x_x_mono", "backbone=tiny")


def test_a_language_of_the_users_own(langmix, tmp_path):
    (tmp_path / "own.csv").write_text("code,name\narz,Egyptian Arabic\n")
    rows = [{"id": key, "query": f"q {key}", "passage": f"p {key}"} for key in "ab"]
    (tmp_path / "arz.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    plan = ["plan", "corpus=jsonl", "corpus.files={arz: arz.jsonl}", "corpus.validation_fraction=0"]
    plan += ["sampler=x_x_mono", "training.batch_size=2"]
    assert "unknown language 'arz'" in langmix(*plan).stderr
    done = langmix(*plan, LANGMIX_LANGUAGES=str(tmp_path / "own.csv"))
    assert done.returncode == 0, done.stderr
    assert "arz>arz" in done.stdout
