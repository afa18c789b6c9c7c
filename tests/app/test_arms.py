"""What makes cells one arm: everything that decides their weights and rankings, but their seed."""

import json
import shutil

import pytest

from langmix.app import cell, parts
from langmix.configuration import part
from langmix.configuration.composition import read
from langmix.tracking.cell import ARM, ARM_FINGERPRINT
from langmix.tracking.provenance import PREFIX

from .small import TRAINING


@pytest.fixture
def tags(tmp_path):
    """The tags of a cell before anything is trained."""
    for language in ("en", "de"):
        rows = [{"id": str(n), "query": f"{language} question {n}", "passage": f"passage {n}"} for n in range(90)]
        (tmp_path / f"{language}.jsonl").write_text("\n".join(map(json.dumps, rows)))

    def tags(*overrides, folder=tmp_path):
        files = f"corpus.files={{en: {folder}/en.jsonl, de: {folder}/de.jsonl}}"
        own = ["corpus=jsonl", files, "corpus.validation_fraction=0.3"]
        training = [each for each in TRAINING if not each.startswith("corpus")]
        store = f"store.root={tmp_path}/store"
        part._kept.cache_clear()  # which keeps what the cells of a sweep share
        parts.training.cache_clear()
        asked = read(["backbone=tiny", "dataset.languages=[en]", store, *own, *training, *overrides])
        return cell.read(asked).tags

    return tags


def arm(tags):
    return tags[ARM_FINGERPRINT.removeprefix(PREFIX)]


def test_seed_places_devices_and_evaluation_data_make_no_arm(tags, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for language in ("en", "de"):
        shutil.copy(tmp_path / f"{language}.jsonl", elsewhere)
    one = arm(tags())
    assert arm(tags("seed=1")) == one
    assert arm(tags(folder=elsewhere)) == one
    assert arm(tags("training.workers=2", "training.checkpoint_every=1", "training.cache_gradients=true")) == one
    assert arm(tags("dataset.languages=[en,de]", "retrieval.run_files=true", "tracking.experiment=mine")) == one
    assert arm(tags("sampler.alpha_steps=7")) == one  # nothing follows from it where alpha stays


@pytest.mark.parametrize(
    "override",
    [
        "training.learning_rate=0.01",
        "training.precision=bf16",
        "retrieval.precision=bf16",
        "sampler.alpha=0.3",
        "baseline=z_score",
        "backbone.seed=7",
        "corpus.languages=[de,en]",  # whose order is drawn by
        "corpus.validation_fraction=0.4",
    ],
)
def test_what_decides_weights_or_rankings_makes_an_arm(tags, override):
    assert arm(tags(override)) != arm(tags())


def test_other_bytes_at_the_same_place_are_another_arm(tags, tmp_path):
    before = tags()
    with (tmp_path / "en.jsonl").open("a") as file:
        file.write('\n{"id": "900", "query": "one more", "passage": "and its answer"}')
    assert arm(tags("seed=1")) != arm(before)


def test_another_trainer_and_another_library_are_another_arm(tags, monkeypatch):
    before = tags()
    monkeypatch.setattr("langmix.training.model.TRAINER", 99)
    trained_otherwise = tags()
    assert arm(trained_otherwise) != arm(before)
    assert trained_otherwise["fingerprint.training"] != before["fingerprint.training"]
    for user in ("training.model", "studies.inputs"):
        monkeypatch.setattr(f"langmix.{user}.versions", lambda: {"torch": "9.9"})
    assert arm(tags()) not in {arm(before), arm(trained_otherwise)}


def test_the_recipe_can_be_read(tags):
    recipe = json.loads(tags()[ARM.removeprefix(PREFIX)])
    assert recipe["corpus"] == "jsonl"
    assert recipe["corpus.languages"] == "en de"
    assert recipe["training.learning_rate"] == "0.03"
    assert len(recipe["corpus.content"]) == len(recipe["validation.content"]) == 64
    assert {"trainer", "software.torch", "software.transformers", "software.tokenizers"} <= recipe.keys()
    assert not {key for key in recipe if "seed" in key or "store" in key or "file" in key}
