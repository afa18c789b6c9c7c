"""The trainer of Sentence-Transformers with batches, masks and measures of langmix."""

import copy
import json
import re
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from datasets import Dataset
from sentence_transformers import (
    SentenceTransformer,
    SentenceTransformerTrainer,
    SentenceTransformerTrainingArguments,
)
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

from langmix.collection.atlas import atlas as collection_of
from langmix.corpus.atlas import atlas as training_atlas
from langmix.encoder import backbone
from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.errors import LangmixError
from langmix.evaluation.evaluate import evaluate
from langmix.interop.sentence_transformers import CollectionEvaluator, PlannedBatches, PlannedLoss
from langmix.losses import InfoNCE, LaKDA
from langmix.sampling import hybrid, x_y
from langmix.scoring.texts import LoadedEncoder
from langmix.store import Store
from langmix.training.fit import fit
from tests.training.tiny_run import BACKBONE, SETTINGS, arms

STEPS, BATCH = 20, 8
PROMPTS = {"anchor": BACKBONE["query_prefix"], "positive": BACKBONE["passage_prefix"]}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    used = BACKBONE | {"max_query_tokens": 128}  # Sentence-Transformers has one length for both sides
    return Encoder.load(backbone.random(**used, store=Store(tmp_path_factory.mktemp("store"))))


@pytest.fixture
def model(encoder, tmp_path):
    export(encoder.model, encoder.tokenizer, encoder.backbone, tmp_path / "model")
    return SentenceTransformer(str(tmp_path / "model"), device="cpu")


@pytest.fixture
def batches():
    (corpus, _), _ = arms()
    return PlannedBatches(corpus, STEPS, BATCH, hybrid, seed=1)


def trained(model, batches, loss, output, optimizers=(None, None), **more):
    """Losses of all steps."""
    found = []
    forward = loss.forward

    def noted(*arguments, **named):
        value = forward(*arguments, **named)
        found.append(value.item())
        return value

    loss.forward = noted
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    arguments = SentenceTransformerTrainingArguments(
        output_dir=str(output),
        max_steps=STEPS,
        per_device_train_batch_size=BATCH,
        batch_sampler=batches,
        prompts=PROMPTS,
        max_grad_norm=SETTINGS.gradient_clip,
        save_strategy="no",
        report_to=[],
        disable_tqdm=True,
        use_cpu=True,
        **more,
    )
    trainer = SentenceTransformerTrainer(
        model=model, args=arguments, train_dataset=batches.dataset, loss=loss, optimizers=optimizers
    )
    trainer.train()
    return found


def test_batches_are_those_of_the_sampler(batches):
    (corpus, _), _ = arms()
    dataset, sampler = batches.dataset, hybrid(corpus, BATCH, seed=1)
    for step, rows in enumerate(batches(dataset, batch_size=BATCH, drop_last=True)):
        plan = sampler.plan(step)
        assert dataset[rows]["anchor"] == corpus.texts("query", plan.rows, plan.query_languages)
        assert dataset[rows]["positive"] == corpus.texts("passage", plan.rows, plan.passage_languages)
    assert step == STEPS - 1


def test_the_loss_of_every_step_is_ours(encoder, model, batches, tmp_path):
    settings = replace(SETTINGS, max_steps=STEPS, validate_every=STEPS, learning_rate=1e-3)
    ours = []

    def note(_, figures):
        if "train/loss" in figures:
            ours.append(figures["train/loss"])

    (corpus, _), validation = arms()
    fit(copy.deepcopy(encoder), (corpus, hybrid(corpus, BATCH, seed=1)), validation, settings, 0, note)
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    groups = [
        {"params": [weight for weight in weights if weight.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [weight for weight in weights if weight.ndim <= 1], "weight_decay": 0.0},
    ]
    optimiser = torch.optim.AdamW(groups, lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, settings.rate)
    loss = PlannedLoss(model, batches, InfoNCE(), settings.temperature)
    theirs = trained(model, batches, loss, tmp_path, (optimiser, schedule))
    assert len(ours) == len(theirs) == STEPS
    assert theirs == pytest.approx(ours, abs=2e-4)
    assert theirs[0] == pytest.approx(ours[0], abs=1e-5)


def test_their_loss_trains_on_the_batches_too(model, batches, tmp_path):
    found = trained(model, batches, MultipleNegativesRankingLoss(model), tmp_path, learning_rate=1e-3)
    assert np.mean(found[-5:]) < np.mean(found[:5])


def test_the_example_of_the_guide_runs(encoder, tmp_path, monkeypatch):
    page = (Path(__file__).parents[2] / "docs" / "guides" / "sentence_transformers.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for language in ("en", "fi"):
        rows = [{"id": str(n), "query": f"{language} {n}?", "passage": f"{language} answer {n}."} for n in range(200)]
        Path(f"pairs.{language}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    export(encoder.model, encoder.tokenizer, encoder.backbone, tmp_path / "model")
    code = code.replace("intfloat/multilingual-e5-small", "model").replace("steps=300", "steps=3")
    names = {}
    exec(compile(code, "sentence_transformers.md", "exec"), names)  # noqa: S102 -- it is our own page
    assert names["trainer"].state.global_step == 3


def test_what_answers_an_anchor_is_no_negative_of_it(model):
    (corpus, _), _ = arms()
    groups = corpus.groups[np.arange(len(corpus))]
    names, counts = np.unique(groups, return_counts=True)
    one, other = np.flatnonzero(groups == names[counts.argmax()])[:2].tolist()
    rows = np.array([one, other, *(row for row in range(len(corpus)) if groups[row] != groups[one])][:BATCH])
    batches = PlannedBatches(corpus, 1, BATCH)
    plan = replace(batches.plan(0), rows=rows, query_languages=rows * 0, passage_languages=rows * 0)
    batches.plan = lambda _: plan
    masked = batches.masked(np.arange(BATCH))
    assert masked[0, 1]
    assert masked[1, 0]
    assert not masked.diagonal().any()
    assert batches.masked(np.array([1, 3])).tolist() == [[False, bool(masked[1, 3])], [bool(masked[3, 1]), False]]


def test_figures_are_those_of_our_own_evaluation(encoder, model):
    collection = collection_of(["en", "el"])
    evaluator = CollectionEvaluator(collection)
    found, expected = evaluator(model), evaluate(LoadedEncoder(encoder), collection).results.macro
    assert evaluator.primary_metric == "atlas/multilingual/map"
    for name in ("monolingual/map", "cross_lingual/map", "multilingual/map", "multilingual/rank_distance_share"):
        assert found[f"atlas/{name}"] == pytest.approx(expected[f"atlas/{name}"], abs=1e-3)


def test_wrong_use_is_told(model, batches):
    with pytest.raises(LangmixError, match=r"^the trainer's dataset has 1 rows of a, these batches have 160 of anchor"):
        batches(Dataset.from_dict({"a": ["x"]}), batch_size=BATCH)
    with pytest.raises(LangmixError, match=r"^per_device_train_batch_size=4: must be 8, as batches are$"):
        batches(batches.dataset, batch_size=4)
    with pytest.raises(LangmixError, match=r"^loss lakda: needs more than pairs"):
        PlannedLoss(model, batches, LaKDA())
    with pytest.raises(LangmixError, match=r"^these rows are not of one batch"):
        batches.masked(np.array([0, BATCH]))
    corpus = training_atlas(["en"], split="train")
    with pytest.raises(LangmixError, match=r"^steps=0: must be a whole number from 1$"):
        PlannedBatches(corpus, 0, BATCH)
    with pytest.raises(LangmixError, match=r"^sampler=x_y pairs different languages"):
        PlannedBatches(corpus, 1, BATCH, partial(x_y))
