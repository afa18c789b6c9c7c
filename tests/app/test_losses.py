"""Losses, and which weights they train, through the command line."""

import json

import pytest

from langmix.store import Store
from langmix.tracking.read import cells

from .conftest import TINY


def test_every_loss_is_an_arm_of_a_sweep(langmix, tmp_path):
    teacher = ["backbone@loss.teacher=tiny", "loss.teacher.seed=1"]
    done = langmix("-m", *TINY, "loss=info_nce,lakda,clear")
    assert done.returncode == 0, done.stderr
    for loss in ("distill_kl", "margin_mse", "mimo"):
        done = langmix(*TINY, f"loss={loss}", *teacher, "loss.pivot=en")
        assert done.returncode == 0, done.stderr
    found = cells(Store.open(tmp_path / "store"), "langmix")
    arms = ["hybrid", "hybrid+lakda", "hybrid+clear", "hybrid+distill_kl", "hybrid+margin_mse", "hybrid+mimo"]
    assert [cell.key.sampler for cell in found] == arms
    records = [json.loads(path.read_text()) for path in (tmp_path / "store" / "models").glob("*/training.json")]
    losses = {record["loss"]["name"]: record["loss"] for record in records}
    assert len(losses) == len(records) == 6
    assert losses["lakda"] == {"name": "lakda", "alpha": 0.5, "pivot": None}
    assert losses["mimo"]["teacher"]["origin"] == "random:seed=1"


def test_plan_tells_the_second_languages(langmix):
    done = langmix("plan", *TINY, "loss=lakda", "--batches=2")
    assert done.returncode == 0, done.stderr
    assert "second query languages in them: 16 (" in done.stdout
    assert "questions are there in any other language; the others have no second" in done.stdout
    assert "second" not in langmix("plan", *TINY, "--batches=2").stdout


@pytest.mark.parametrize("command", [(), ("plan",)])
def test_a_corpus_that_cannot_serve_a_loss_is_refused(refused, command):
    line = refused(*command, *TINY, "loss=clear", "corpus.languages=[en]", "sampler=x_x_mono")
    assert line == "loss=clear needs questions in two languages: corpus 'atlas' has none (en); use loss=info_nce"
    line = refused(*command, *TINY, "loss=mimo", "backbone@loss.teacher=tiny", "loss.pivot=sv")
    assert line.startswith("loss=mimo with loss.pivot=sv: corpus 'atlas' has no texts in it (it has: ")


def test_bad_input_is_told_in_a_line(refused):
    assert refused(*TINY, "loss=lakda", "loss.alpha=2") == "loss.alpha=2: must be from 0 to 1"
    assert refused(*TINY, "loss=lakta").startswith("loss=lakta: no such loss; did you mean 'lakda'? (there are: ")
    line = refused(*TINY, "loss=mimo", "backbone@loss.teacher=tiny", "loss.pivot=en", "negatives=bm25")
    assert line.startswith("loss=mimo with loss.pivot=en: hard negatives come in one language each; use loss.pivot=")


def test_tuning_is_an_arm_and_what_it_trains_is_exported(langmix, tmp_path):
    for tuning in (["tuning=last_layers", "tuning.layers=1"], ["tuning=lora", "tuning.rank=2"]):
        done = langmix(*TINY, *tuning)
        assert done.returncode == 0, done.stderr
    found = cells(Store.open(tmp_path / "store"), "langmix")
    assert [cell.key.sampler for cell in found] == ["hybrid+last_layers", "hybrid+lora"]
    done = langmix("export", found[-1].run_id, "sentence_transformers", str(tmp_path / "exported"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "exported" / "modules.json").exists()
    done = langmix(*TINY, "tuning=last_layers", "tuning.layers=3")
    assert done.returncode != 0
    assert done.stderr.splitlines()[-1] == "langmix: tuning.layers=3: must be from 0 to the model's 2 layers"
