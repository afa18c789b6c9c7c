"""``langmix data``: what is in a collection, what of it is trained on; and a user's folder, from nothing to figures."""

import csv
import json

import pytest

from .conftest import TINY

DATASET = ("dataset=beir", "dataset.name=mine", "dataset.path=mine", "dataset.languages=[en]")


@pytest.fixture
def mine(tmp_path):
    """A folder in BEIR's layout and a corpus with a question and a passage of it."""
    (tmp_path / "mine" / "qrels").mkdir(parents=True)
    facts = ["The Nile flows to the north.", "The Sahara is a desert [big].", "The sea is very salty."]
    questions = ["Where does the Nile flow?", "What is the Sahara?", "How salty is the sea?"]
    for name, texts in (("corpus", facts), ("queries", questions)):
        rows = "\n".join(json.dumps({"_id": str(row), "text": text}) for row, text in enumerate(texts))
        (tmp_path / "mine" / f"{name}.jsonl").write_text(rows, encoding="utf-8")
    (tmp_path / "mine" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n0\t0\t2\n1\t1\t1\n2\t2\t0\n")
    pairs = [{"id": "x", "query": questions[0], "passage": "No."}, {"id": "y", "query": "Q?", "passage": facts[1]}]
    (tmp_path / "train.jsonl").write_text("\n".join(map(json.dumps, pairs)), encoding="utf-8")


TRAIN = (
    "corpus=jsonl",
    "corpus.files={en: train.jsonl}",
    "corpus.columns={id: id, query: query, passage: passage, group: null, language: null}",
    "corpus.validation_fraction=0",
)


def test_describe(langmix, mine):
    done = langmix("data", "describe", *DATASET)
    assert done.returncode == 0, done.stderr
    for told in (
        "mine: 2 queries, 3 candidates, 2 judgements in 1 languages",
        "settings: monolingual multilingual",
        "judgements by grade: 1 of 1, 1 of 2",
        "queries without an answer, left out: 1",
    ):
        assert told in done.stdout
    found = json.loads(langmix("data", "describe", "--json", *DATASET).stdout)
    assert found["languages"]["en"]["candidates"] == 3


def test_audit(langmix, mine, tmp_path):
    done = langmix("data", "audit", "--hits", "hits.csv", *DATASET, *TRAIN)
    assert done.returncode == 0, done.stderr
    assert "question 0 is in en x: Where does the Nile flow?" in done.stdout
    assert "candidate 1 is in en y: The Sahara is a desert [big]." in done.stdout
    assert "all 3 hits: hits.csv" in done.stdout
    with (tmp_path / "hits.csv").open(encoding="utf-8", newline="") as file:
        assert {(row["kind"], row["test_id"], row["pair_id"]) for row in csv.DictReader(file)} == {
            ("question", "0", "x"),
            ("candidate", "1", "y"),
            ("sentence", "1", "y"),
        }
    found = json.loads(langmix("data", "audit", "--json", *DATASET, *TRAIN).stdout)
    assert found["found"] == {"question id": 0, "question": 1, "candidate": 1, "sentence": 1}


def test_audit_before_training(langmix, mine, tmp_path):
    steps = ("training.max_steps=2", "training.validate_every=2", "training.validation_batches=1")
    cell = (
        "backbone=tiny",
        "sampler=en_en",
        "training.batch_size=2",
        "corpus@validation=atlas",
        *steps,
        *DATASET,
        *TRAIN,
    )
    done = langmix(*cell, "audit=fail")
    assert done.returncode == 2
    told = "texts of mine are in jsonl: 1 of 2 (question), 1 of 3 (candidate); langmix data audit lists them"
    assert done.stderr.splitlines()[-1] == f"langmix: audit=fail: {told}"
    assert not list(tmp_path.glob("store/models/*"))
    done = langmix(*cell, "audit=warn")
    assert done.returncode == 0, done.stderr
    assert f"audit: {told}" in done.stderr
    assert "langmix: audit=off: must be none, warn, or fail" in langmix(*cell, "audit=off").stderr


def test_what_is_wrong_is_told(refused, mine):
    assert "--hits FILE is of 'langmix data audit'" in refused("data", "describe", "--hits", "x", *DATASET)
    assert "no such folder" in refused("data", "describe", *DATASET, "dataset.path=none")
    assert "none/hits.csv: cannot be written" in refused("data", "audit", "--hits", "none/hits.csv", *DATASET, *TRAIN)


def test_a_folder_gives_a_table(langmix, mine, tmp_path):
    done = langmix(*TINY, "sampler=none", *DATASET)
    assert done.returncode == 0, done.stderr
    assert "mine: 1 of 3 queries have no relevant candidate, such as '2'" in done.stderr
    assert "on mine" in done.stdout
    (description,) = tmp_path.glob("outputs/*/*/collection.json")
    assert json.loads(description.read_text(encoding="utf-8"))["unanswered"] == 1
