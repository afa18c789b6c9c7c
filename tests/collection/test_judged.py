"""Collections of which only ids are known."""

import numpy as np
import pytest

from langmix.collection.describe import describe
from langmix.collection.judged import judged
from langmix.errors import LangmixError
from langmix.evaluation.evaluate import evaluate
from langmix.evaluation.run_files import ranked
from langmix.scoring.scores import Scoring
from langmix.scoring.trec import write_trec
from tests.sample_collection import sample_collection, sample_embeddings


@pytest.fixture
def files(tmp_path):
    """A collection's run file, judgements and languages."""
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    write_trec(collection, Scoring(*sample_embeddings(rng, collection)), 1000, "mine", tmp_path)
    names = np.array(collection.languages)
    queries = zip(collection.query_ids, names[collection.query_languages], collection.query_questions, strict=True)
    candidates = zip(collection.candidate_ids, names[collection.candidate_languages], strict=True)
    for name, rows in (("queries", queries), ("candidates", candidates)):
        (tmp_path / f"{name}.tsv").write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path, collection


def read(folder, **changes):
    paths = {"qrels": "pool.qrels", "queries": "queries.tsv", "candidates": "candidates.tsv"}
    arguments = {key: folder / name for key, name in paths.items()} | {"languages": None} | changes
    return judged("sample", **arguments)


def test_run_files_have_the_same_figures_without_texts(files):
    folder, collection = files
    found = read(folder)
    assert found.languages == collection.languages
    expected = ranked(folder / "pool.run", collection).figures
    assert ranked(folder / "pool.run", found).figures == expected
    assert len(expected) > 50


def test_nothing_can_be_encoded_or_described(files):
    found = read(files[0])
    for use in (lambda: evaluate(None, found), lambda: describe(found)):
        with pytest.raises(LangmixError, match=r"^collection 'sample': has ids and no texts; langmix score measures"):
            use()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"qrels": None}, "dataset 'sample': dataset.qrels is null: give its file"),
        ({"languages": ["ar", "de"]}, "'en' is there, and not in dataset.languages"),
        ({"candidates": ["a"]}, "candidates.tsv, line 1: has to hold an id, a tab and a language"),
        ({"candidates": ["a\tde\tx"]}, "candidates.tsv, line 1: has to hold an id, a tab and a language"),
        (
            {"queries": ["a\tde\tx\ty"]},
            "line 1: has to hold an id, a tab and a language, and perhaps",
        ),
        ({"queries": ["a\tde", "b\txx-nowhere"]}, "queries.tsv, line 2: "),
        ({"queries": ["a\tde", "a\tde"], "qrels": ["a 0 en/c1 1"]}, "query id 'a' occurs twice"),
        ({"queries": ["a\tde"]}, "pool.qrels, line 1: query 'ar/q0' is judged, and not among the 1 queries"),
        ({"candidates": ["a\tde"]}, "is judged, and not among the 1 candidates"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(files, change, message):
    folder, _ = files
    for key, lines in list(change.items()):
        if isinstance(lines, list) and key != "languages":
            path = folder / {"qrels": "pool.qrels"}.get(key, f"{key}.tsv")
            path.write_text("\n".join(lines), encoding="utf-8")
            del change[key]
    with pytest.raises(LangmixError) as caught:
        read(folder, **change)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
