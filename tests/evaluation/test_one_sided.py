"""Collections in which a language has queries alone or candidates alone, or is the only one."""

import json
from functools import partial

import numpy as np
import pytest

from langmix import baselines
from langmix.baselines.parallel_embeddings import ParallelEmbeddings
from langmix.collection import Candidate, Collection, Judgement, Query
from langmix.evaluation.evaluate import FILES, evaluate
from langmix.measures.evidence import Evidence
from langmix.measures.results import Results
from langmix.scoring.index import Index, nearest

LANGUAGES = ("sw", "en", "de")


def unit(rng, count):
    rows = rng.standard_normal((count, 8)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def collection(asked, searched):
    queries = [Query(f"{code}/q{i}", f"q{i}", code, f"query {i} in {code}") for code in asked for i in range(12)]
    candidates = [Candidate(f"{code}/c{i}", code, f"text {i} in {code}") for code in searched for i in range(30)]
    judged = [Judgement(f"{a}/q{i}", f"{b}/c{i}", 1 + i % 3) for a in asked for b in searched for i in range(12)]
    languages = [code for code in LANGUAGES if code in asked + searched]
    return Collection.build("mine", languages, queries, candidates, judged)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("asked", "searched", "settings"),
    [
        (["sw"], ["en"], {"cross_lingual", "multilingual"}),
        (["sw", "en"], ["en", "de"], {"monolingual", "cross_lingual", "multilingual"}),
        (["en"], ["en"], {"monolingual", "multilingual"}),
    ],
)
@pytest.mark.parametrize("baseline", sorted(baselines.__all__))
def test_every_baseline_and_every_file(tmp_path, asked, searched, settings, baseline):
    rng = np.random.default_rng(0)
    fitted = ParallelEmbeddings("made_up", *({code: unit(rng, 20) for code in LANGUAGES} for _ in range(2)))
    found = evaluate(
        lambda texts, _side: unit(rng, len(texts)),
        collection(asked, searched),
        getattr(baselines, baseline),
        lambda: fitted,
    )
    found.write(tmp_path, {"cell": "c", "collection": "d"}, "made up")
    assert {path.name for path in tmp_path.iterdir()} == set(FILES)
    assert set(found.per_query["setting"].unique()) == settings
    figures = json.loads((tmp_path / "metrics.json").read_text(encoding="utf-8"))
    assert figures == Results.of(Evidence.read(tmp_path)).figures == found.figures
    assert all(np.isfinite(value) for value in figures.values())


def test_what_an_index_finds_is_cut_off(tmp_path):
    rng = np.random.default_rng(0)
    searched = collection(["sw", "en"], ["en", "de"])
    vectors = dict(zip(searched.query_texts + searched.candidate_texts, unit(rng, 84), strict=True))
    encode = lambda texts, _side: np.stack([vectors[text] for text in texts])  # noqa: E731
    whole = evaluate(encode, searched)
    asked = partial(nearest, index=Index("Flat", None, 10), folder=tmp_path / "indexes")
    found = evaluate(encode, searched, index=asked)
    found.write(tmp_path / "cell", {"cell": "c", "collection": "d"}, "made up")
    read = Evidence.read(tmp_path / "cell")
    assert read.cut
    assert Results.of(read).figures == found.figures
    assert found.tracked["mine/index/recall"] == 1
    deep = {name for name in whole.figures if name not in found.figures}
    assert "mine/multilingual/rank_distance" in deep
    for name in ("recall_at_10", "top10_kl"):
        assert found.figures[f"mine/multilingual/{name}"] == whole.figures[f"mine/multilingual/{name}"]
    for setting in ("monolingual", "cross_lingual", "multilingual"):
        table = whole.per_query[whole.per_query["setting"] == setting]
        cut = found.per_query[found.per_query["setting"] == setting]
        assert (cut["average_precision"].to_numpy() <= table["average_precision"].to_numpy()).all()
