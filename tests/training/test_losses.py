"""Losses in training: what batches carry for them, and that no detail of computing changes what comes out."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from langmix.encoder import backbone
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from langmix.losses import Clear, DistillKL, InfoNCE, LaKDA, MarginMSE, Mimo
from langmix.store import Store
from langmix.training.data import Beside, PlannedBatches
from langmix.training.needs import read_by_teacher, second_languages, told
from tests.sampling.sample_corpus import corpus_of

from .test_checkpoints import interrupt_at
from .tiny_run import BACKBONE, SETTINGS, arms, run


@pytest.fixture(scope="module")
def teacher(tmp_path_factory):
    return backbone.random(**{**BACKBONE, "seed": 7}, store=Store(tmp_path_factory.mktemp("teacher")))


@pytest.fixture
def with_gaps():
    """Three pairs: in English and German, in English and a question in German, in Finnish."""
    return corpus_of([{"en": "qp", "de": "qp"}, {"en": "qp", "de": "q"}, {"fi": "qp"}], ("en", "de", "fi"))


def weights(encoder):
    return torch.cat([value.flatten() for value in encoder.parameters()])


@pytest.mark.parametrize("method", [LaKDA, Clear, DistillKL, MarginMSE, Mimo])
def test_trains_otherwise_than_info_nce_and_the_same_twice(tiny, teacher, method):
    loss = method() if method in (LaKDA, Clear) else method(teacher=teacher)
    settings = replace(SETTINGS, max_steps=6)
    found = [weights(run(tiny, settings, loss=each)[0]) for each in (loss, loss, InfoNCE())]
    assert torch.equal(found[0], found[1])
    assert not torch.allclose(found[0], found[2], atol=1e-3)


@pytest.mark.parametrize("method", [LaKDA, Mimo])
def test_trimmed_or_not_workers_or_none_the_weights_are_the_same(tiny, teacher, method):
    loss = method() if method is LaKDA else method(teacher=teacher)
    settings = replace(SETTINGS, max_steps=6)
    whole = weights(run(tiny, settings, loss=loss)[0])
    trimmed = weights(run(tiny, replace(settings, trim_vocabulary=True), loss=loss)[0])
    torch.testing.assert_close(trimmed, whole, rtol=0, atol=1e-6)
    assert torch.equal(weights(run(tiny, replace(settings, workers=1), loss=loss)[0]), whole)


@pytest.mark.parametrize("method", [Clear, Mimo])
def test_an_interrupted_training_ends_with_the_same_bits(tiny, teacher, tmp_path, monkeypatch, method):
    loss = method() if method is Clear else method(teacher=teacher)
    settings = replace(SETTINGS, checkpoint_every=3)
    whole = weights(run(tiny, settings, loss=loss)[0])
    with monkeypatch.context() as patch:
        interrupt_at(patch, 5)
        with pytest.raises(InterruptedError):
            run(tiny, settings, loss=loss, checkpoints=tmp_path)
    assert torch.equal(weights(run(tiny, settings, loss=loss, checkpoints=tmp_path)[0]), whole)


def test_a_teacher_learns_nothing(tiny, teacher):
    before = weights(Encoder.load(teacher)).clone()
    run(tiny, replace(SETTINGS, max_steps=3), loss=Mimo(teacher=teacher))
    assert torch.equal(weights(Encoder.load(teacher)), before)


def test_batches_hold_the_queries_in_another_language(tiny):
    (corpus, sampler), _ = arms(languages=("en", "de", "th"))
    seconds = second_languages(LaKDA(), corpus, sampler.seed)
    batch = PlannedBatches(corpus, sampler, tiny, 512, beside=Beside(seconds=seconds))[2]
    plan = seconds.added(sampler.plan(2))
    assert batch.has_second.all()
    queries = corpus.texts("query", plan.rows, plan.query_languages)
    passages = corpus.texts("passage", plan.rows, plan.passage_languages)
    others = corpus.texts("query", plan.rows, plan.second_languages)
    with torch.inference_mode():
        found = tiny.embed(batch.texts)
        expected = torch.stack(
            [
                tiny.embed(Chunks.of(tiny.tokenize([text], side), 512))[0]
                for texts, side in ((queries, "query"), (passages, "passage"), (others, "query"))
                for text in texts
            ]
        )
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-5)


def test_a_teacher_reads_the_pivot_language(tiny):
    (corpus, sampler), _ = arms(languages=("en", "de", "th"))
    for pivot in (None, "th"):
        code = read_by_teacher(Mimo(pivot=pivot), corpus, None)
        batch = PlannedBatches(corpus, sampler, tiny, 512, beside=Beside(taught=tiny.tokenize, pivot=code))[2]
        plan = sampler.plan(2)
        read = plan.query_languages if pivot is None else np.full(len(plan.rows), corpus.languages.index("th"))
        text = corpus.texts("query", plan.rows, read)[3]
        with torch.inference_mode():
            alone = tiny.embed(Chunks.of(tiny.tokenize([text], "query"), 512))[0]
            torch.testing.assert_close(tiny.embed(batch.taught)[3], alone, rtol=0, atol=1e-5)


def test_a_corpus_that_cannot_serve_a_loss_is_refused(with_gaps):
    assert list(told(LaKDA(), with_gaps, 0)) == [
        "loss lakda: 2 of 3 questions are there in any other language; the others have no second"
    ]
    assert list(told(InfoNCE(), with_gaps, 0)) == []
    with pytest.raises(LangmixError, match=r"^loss=lakda with loss\.pivot=sv: corpus 'sample' has no texts in it"):
        second_languages(LaKDA(pivot="sv"), with_gaps, 0)
    with pytest.raises(
        LangmixError, match=r"^loss=mimo with loss\.pivot=de: .* 2 of 3 pairs of corpus 'sample' lack one"
    ):
        read_by_teacher(Mimo(pivot="de"), with_gaps, None)
    one = corpus_of([{"en": "qp"}, {"en": "qp"}], ("en",))
    with pytest.raises(LangmixError, match=r"^loss=clear needs questions in two languages: corpus 'sample' has none"):
        second_languages(Clear(), one, 0)
