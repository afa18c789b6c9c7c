"""Hard negatives in training batches."""

import json
from dataclasses import replace

import pytest
import torch

from langmix.corpus.atlas import atlas
from langmix.corpus.jsonl import jsonl
from langmix.encoder.chunks import Chunks
from langmix.negatives import bm25, given
from langmix.sampling import hybrid
from langmix.store import Store
from langmix.training.data import Beside, ParallelData, PlannedBatches
from langmix.training.module import BiEncoder

from .tiny_run import SETTINGS, arms, run


@pytest.fixture(scope="module")
def mined(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("negatives"))
    return lambda corpus, count=2: bm25(corpus, 1, 5, count, "any", store)


@pytest.fixture
def with_given(tmp_path):
    path = tmp_path / "en.jsonl"
    rows = [
        {"id": str(i), "query": f"question {i}", "passage": f"passage {i}", "not": [f"not {i}"] if i % 2 else []}
        for i in range(16)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = {"id": "id", "query": "query", "passage": "passage", "negatives": "not"}
    corpus = jsonl("mine", {"en": path}, None, columns, None, Store(tmp_path / "store"), 0.0)
    return corpus, hybrid(corpus, 4, seed=0, alpha=1.0)


def hard_negatives(tiny, batch):
    return tiny.embed(batch.texts)[2 * len(batch.masked) :]


def embedded(tiny, texts):
    return tiny.embed(Chunks.of(tiny.tokenize(texts, "passage"), 10_000))


def test_given_negatives_arrive_in_the_batch(tiny, with_given):
    corpus, sampler = with_given
    batches = PlannedBatches(corpus, sampler, tiny, 512, beside=Beside(given(corpus, 0, 1, "positive")))
    sizes = set()
    for step in range(8):
        rows = sampler.plan(step).rows.tolist()
        expected = [f"not {row}" for row in rows if row % 2]
        batch = batches[step]
        assert batch.masked.shape == (4, 4 + len(expected))
        assert torch.allclose(hard_negatives(tiny, batch), embedded(tiny, expected), atol=1e-6)
        assert not batch.masked.any()
        sizes.add(len(expected))
    assert len(sizes) > 1


def test_negatives_are_further_terms_of_the_loss(tiny, with_given):
    corpus, sampler = with_given
    batch = PlannedBatches(corpus, sampler, tiny, 512, beside=Beside(given(corpus, 0, 1, "positive")))[0]
    queries, candidates = tiny.embed(batch.texts).tensor_split([len(batch.masked)])
    scores = queries @ candidates.T / SETTINGS.temperature
    expected = (scores.logsumexp(dim=1) - scores.diagonal()).mean()
    assert BiEncoder(tiny, SETTINGS, seed=0).loss(batch).item() == pytest.approx(expected.item(), rel=1e-5)


def test_shares_of_the_processes_add_up(tiny, mined):
    corpus, sampler = arms()[0]
    negatives = mined(corpus)
    everything = PlannedBatches(corpus, sampler, tiny, 512, beside=Beside(negatives))
    parts = [PlannedBatches(corpus, sampler, tiny, 512, rank, 2, Beside(negatives)) for rank in (0, 1)]
    masked = 0
    for step in range(30):
        whole, shares = everything[step], [part[step] for part in parts]
        assert whole.masked.shape == (8, 8 + 16)
        assert torch.equal(torch.cat([share.masked for share in shares]), whole.masked)
        masked += int(whole.masked.sum())
    assert masked
    together = torch.cat([hard_negatives(tiny, share) for share in shares])
    assert torch.allclose(together, hard_negatives(tiny, whole), atol=1e-6)


def test_validation_batches_have_none(tiny, mined):
    (train, sampler), validation = arms()
    data = ParallelData((train, sampler), validation, tiny, SETTINGS, Beside(mined(train)))
    assert next(iter(data.train_dataloader())).masked.shape == (8, 8 + 16)
    assert next(iter(data.val_dataloader())).masked.shape == (8, 8)


def test_worker_processes_make_the_same_batches(tiny, mined):
    (train, sampler), validation = arms()
    loaders = [
        ParallelData(
            (train, sampler), validation, tiny, replace(SETTINGS, workers=n), Beside(mined(train))
        ).train_dataloader()
        for n in (0, 1)
    ]
    for one, other in zip(*loaders, strict=True):
        assert torch.equal(one.masked, other.masked)


def test_a_trimmed_vocabulary_has_the_words_of_the_negatives(tiny, mined):
    corpus = atlas(("en", "de"))

    settings = replace(SETTINGS, max_steps=3)
    runs = [run(tiny, replace(settings, trim_vocabulary=trim), negatives=mined(corpus)) for trim in (True, False)]
    for (step, one), (other_step, other) in zip(*(history for _, _, history in runs), strict=True):
        assert step == other_step
        assert one == pytest.approx(other, rel=1e-5)
    _, _, without = run(tiny, settings)
    assert without != runs[1][2]
