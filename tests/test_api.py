"""langmix from Python: one's own model on one's own data, without configuration files or tracking."""

import json
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import langmix
from langmix.baselines import mean_removal
from langmix.encoder import backbone
from langmix.sampling import hybrid

TOPICS = [
    f"{colour} {animal}" for colour in ("red", "blue", "green", "grey") for animal in ("cat", "owl", "fox", "cow")
]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return langmix.Store.open(tmp_path_factory.mktemp("api"))


@pytest.fixture(scope="module")
def pairs(store, tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    for language in ("en", "fi"):
        rows = [
            {"id": str(n), "question": f"{language} where is the {topic} {n}", "passage": f"{language} the {topic} {n}"}
            for n, topic in enumerate(TOPICS * 4)
        ]
        (folder / f"{language}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    files = {language: folder / f"{language}.jsonl" for language in ("en", "fi")}
    return langmix.read_pairs(files, store, validation_fraction=0.3, query="question")


@pytest.fixture(scope="module")
def collection():
    languages = ["en", "fi"]
    questions = [
        langmix.Query(f"{language}{n}", str(n), language, f"{language} find the {topic}")
        for language in languages
        for n, topic in enumerate(TOPICS)
    ]
    candidates = [
        langmix.Candidate(f"{language}-{n}", language, f"{language} here is a {topic}")
        for language in languages
        for n, topic in enumerate(TOPICS)
    ]
    judged = [(query.id, f"{language}-{query.question}") for query in questions for language in languages]
    return langmix.Collection.build("topics", languages, questions, candidates, judged)


@pytest.fixture(scope="module")
def encoder(store):
    prefixes = {"query_prefix": "query: ", "passage_prefix": "passage: "}
    usage = {"pooling": "mean", **prefixes, "max_query_tokens": 64, "max_passage_tokens": 64}
    tiny = backbone.random(name="tiny", seed=0, store=store, **usage)
    return langmix.load(tiny.folder, **usage)


@pytest.fixture(scope="module")
def trained(encoder, pairs):
    few = {"max_steps": 20, "validate_every": 10, "validation_batches": 1, "batch_size": 8, "learning_rate": 0.01}
    return langmix.fit(encoder, *pairs, partial(hybrid, alpha=0.3), **few)


def test_fine_tune_evaluate_and_compare(encoder, trained, collection, tmp_path):
    before, after = langmix.evaluate(encoder, collection), langmix.evaluate(trained, collection)
    assert after.figures["topics/multilingual/map"] > before.figures["topics/multilingual/map"]
    again = langmix.evaluate(encoder, collection)  # which training has left alone
    assert again.figures == before.figures
    result = langmix.compare({"before": before, "after": after}, "before", ["map", "kendall_w"])
    row = result.query("setting == 'multilingual' and language == 'all' and measure == 'average_precision'").iloc[0]
    assert row["mean"] == pytest.approx(after.figures["topics/multilingual/map"])
    assert row["baseline_mean"] == pytest.approx(before.figures["topics/multilingual/map"])
    assert set(result["measure"]) == {"average_precision", "kendall_w"}
    files = after.write(tmp_path, {"cell": "mine", "collection": collection.fingerprint}, "mine")
    assert {path.name for path in files} == {path.name for path in tmp_path.iterdir()}
    assert json.loads((tmp_path / "metrics.json").read_text()).keys() == after.figures.keys()


def test_any_model_will_do(collection):
    """Bags of letters, by a function that knows nothing of langmix."""

    def letters(texts, side):
        counts = np.array([[text.count(chr(97 + letter)) for letter in range(26)] for text in texts], np.float32)
        return counts / np.linalg.norm(counts, axis=1, keepdims=True)

    found = langmix.evaluate(letters, collection)
    assert 0.5 < found.figures["topics/multilingual/map"] <= 1
    assert len(found.per_query) == 32 * 3


def test_a_baseline_is_fitted_on_ones_own_pairs(encoder, collection, pairs):
    found = langmix.evaluate(encoder, collection, baseline=mean_removal, fit_on=pairs[0], fit_pairs=20)
    assert found.figures != langmix.evaluate(encoder, collection).figures
    with pytest.raises(langmix.LangmixError, match="fitted on parallel texts, and none are given"):
        langmix.evaluate(encoder, collection, baseline=mean_removal)


def test_wrong_arguments_are_told_in_a_line(encoder, collection, pairs, store):
    found = langmix.evaluate(encoder, collection)
    wrong = [
        (lambda: langmix.fit(encoder, *pairs, max_stesp=3), "max_stesp: is no hyper-parameter"),
        (lambda: langmix.fit(encoder, *pairs, max_steps=-3), "training.max_steps=-3: must be greater than 0"),
        (lambda: langmix.read_pairs({"en": "nowhere.jsonl"}, store), "nowhere.jsonl"),
        (lambda: langmix.read_pairs({"en": "a.jsonl"}, store, text="x"), "text: is no column of a corpus"),
        (lambda: langmix.compare({"a": found, "b": found}, "c"), "baseline 'c': is none of a, b"),
        (lambda: langmix.compare({"a": found, "b": found}, "a", ["mapp"]), "there is no measure 'mapp'"),
        (lambda: langmix.load("nowhere"), "nowhere"),
    ]
    for call, said in wrong:
        with pytest.raises(langmix.LangmixError) as error:
            call()
        assert said in str(error.value)
        assert "\n" not in str(error.value)


def test_neither_hydra_nor_mlflow_is_needed():
    script = "import sys, langmix; langmix.compare; sys.exit(any(name in sys.modules for name in ('hydra', 'mlflow')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = langmix.nonsense
