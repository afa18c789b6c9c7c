import numpy as np
import pytest

from langmix.errors import LangmixError
from langmix.scoring import index as index_module
from langmix.scoring.index import Index, nearest
from langmix.scoring.run_file import NOT_RETRIEVED
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from tests.sample_collection import sample_collection


@pytest.fixture
def sample():
    rng = np.random.default_rng(0)
    collection = sample_collection(rng)
    sizes = len(collection.query_ids), len(collection.candidate_ids)
    return collection, Scoring(*(rng.normal(size=(size, 16)).astype(np.float32) for size in sizes))


@pytest.mark.parametrize("depth", [1, 7, 1000])
def test_a_flat_index_finds_what_is_best(sample, tmp_path, depth):
    collection, scoring = sample
    found = nearest(collection, scoring, Index("Flat", None, depth), tmp_path)
    ranks = search(collection, scoring, 1)[0]
    assert found.recall == 1
    assert np.array_equal(found.in_language, np.where(ranks.in_language <= depth, ranks.in_language, NOT_RETRIEVED))
    in_pool = np.where(ranks.in_pool <= depth, ranks.in_pool, NOT_RETRIEVED)
    assert np.array_equal(found.run.ranks(collection), in_pool)
    top = search(collection, scoring, min(depth, len(scoring.candidates)))[1]
    assert np.array_equal(found.run.candidates.reshape(len(scoring.queries), -1), top.candidates)


def test_recall_is_the_share_of_the_best_that_is_found(sample, tmp_path):
    collection, scoring = sample
    depth = 5
    found = nearest(collection, scoring, Index("IVF4,PQ4x4", "nprobe=1", depth), tmp_path)
    scores, share = scoring.queries @ scoring.candidates.T, []
    asked = Index("IVF4,PQ4x4", "nprobe=1", depth)
    for language in range(len(collection.languages)):
        inside = np.flatnonzero(collection.candidate_languages == language)
        kept = index_module._kept(asked, scoring.candidates[inside], tmp_path)
        _, candidates = index_module._asked(asked, kept, scoring.queries, depth)
        best = np.argsort(-scores[:, inside], axis=1)[:, :depth]
        share += [len(set(a) & set(b)) / depth for a, b in zip(candidates.tolist(), best.tolist(), strict=True)]
    assert 0 < found.recall < 1
    assert found.recall == pytest.approx(np.mean(share))


def built_again(*_, **__):
    raise AssertionError("built again")


def test_an_index_is_built_once(sample, tmp_path, monkeypatch):
    collection, scoring = sample
    first = nearest(collection, scoring, Index("HNSW8", None, 5), tmp_path)
    monkeypatch.setattr(index_module, "_build", built_again)
    again = nearest(collection, scoring, Index("HNSW8", "efSearch=64", 5), tmp_path)
    assert np.array_equal(first.run.candidates, again.run.candidates)
    with pytest.raises(AssertionError, match="built again"):  # other vectors have another index
        nearest(collection, scoring._replace(candidates=scoring.candidates + 1), Index("HNSW8", None, 5), tmp_path)


def test_building_gives_the_same_index_each_time(sample, tmp_path):
    collection, scoring = sample
    for name in ("a", "b"):
        nearest(collection, scoring, Index("HNSW8", None, 5), tmp_path / name)
    first, second = (
        {path.parent.name: path.read_bytes() for path in (tmp_path / name).glob("*/*.faiss")} for name in "ab"
    )
    assert first == second
    assert len(first) == len(collection.languages)


def test_a_changed_index_is_refused(sample, tmp_path):
    collection, scoring = sample
    nearest(collection, scoring, Index("Flat", None, 5), tmp_path)
    path = next(tmp_path.glob("*/*.faiss"))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(LangmixError, match="differs from its checksum"):
        nearest(collection, scoring, Index("Flat", None, 5), tmp_path)


@pytest.mark.parametrize(
    ("factory", "parameters", "said"),
    [
        ("Foo", None, r"^retrieval.index=Foo: FAISS says: could not parse index string Foo$"),
        ("IVF4,PQ3", None, r"^retrieval.index=IVF4,PQ3: FAISS says: .*multiple of the number of subquantizers"),
        ("IVF4096,Flat", None, r"FAISS says: .*Number of training points \(20\)"),
        ("Flat", "nprobe=3", r"^retrieval.index_search=nprobe=3: FAISS says: .*nprobe \(index Flat\)$"),
        ("Flat", "three", r"^retrieval.index_search=three: FAISS says: .*could not interpret parameters three"),
    ],
)
def test_what_faiss_refuses_is_said_in_one_line(sample, tmp_path, factory, parameters, said):
    with pytest.raises(LangmixError, match=said):
        nearest(*sample, Index(factory, parameters, 5), tmp_path)
    assert not list(tmp_path.glob("[!.]*/*")) or factory == "Flat"


def test_adjusted_scores_have_no_index(sample, tmp_path):
    collection, scoring = sample
    with pytest.raises(LangmixError, match="this baseline adjusts scores, which an index does not know of"):
        nearest(collection, scoring._replace(adjust=lambda *_: None), Index("Flat", None, 5), tmp_path)
