"""Training steps, against the trainer of Sentence-Transformers with MultipleNegativesRankingLoss.

The same model, the same 32 pairs per step in the same order, fp32, no dropout, temperature .02 (scale 50), AdamW with
the same rate, the same clipping. A step is everything from one optimiser step to the next, tokenising included, as each
side's trainer does it by default; what comes before the first step (langmix tokenises the texts it will see, to trim
the vocabulary) is told separately. The loss of the first step must agree to 1e-5.
"""

import contextlib
import io
import statistics
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.encoder.speed import Speed
from measure import backbone, flags, report, store
from training import settings, with_sampler

STEPS = 7
ROUNDS = 2
BATCH = 32
GOALS = {"fp32": 4.5, "bf16": 7.0}


def main() -> None:
    """Measure and print one line of JSON."""
    precisions = ["fp32", *(["bf16"] if flags() & {"avx512_bf16", "amx_bf16"} else [])]
    here = Speed.here(store())
    # Sentence-Transformers has one maximum length for both sides.
    used = replace(backbone(), max_query_tokens=256)
    train = with_sampler("train", BATCH)
    with tempfile.TemporaryDirectory() as scratch:
        encoder = Encoder.load(used)
        export(encoder.model, encoder.tokenizer, used, Path(scratch) / "model")
        runs = {f"langmix {each}": partial(ours, used, train, each, here) for each in precisions}
        runs["sentence_transformers fp32"] = partial(theirs, used, train, Path(scratch) / "model")
        rounds = [{name: run() for name, run in runs.items()} for _ in range(ROUNDS)]
    peer = "sentence_transformers fp32"
    for found in rounds:
        assert abs(found["langmix fp32"]["loss"] - found[peer]["loss"]) < 1e-5, found
    steps = {name: np.concatenate([found[name]["steps"] for found in rounds]) for name in runs}
    ratios = {name: float(np.median(steps[peer] / each)) for name, each in steps.items() if name != peer}
    report(
        "training_step",
        ratios["langmix fp32"],
        f">= {GOALS['fp32']:g} x the pairs per second of Sentence-Transformers' trainer in fp32 with its first loss to "
        f"1e-5, >= {GOALS['bf16']:g} x in bf16",
        all(ratios[f"langmix {each}"] >= GOALS[each] for each in precisions),
        threads=torch.get_num_threads(),
        products={each: here.product("training", each) for each in precisions},  # type: ignore[arg-type]
        pairs_per_s={name: round(BATCH / float(np.median(each)), 2) for name, each in steps.items()},
        ratios={name: round(ratio, 2) for name, ratio in ratios.items()},
        first_loss={name: round(each["loss"], 7) for name, each in rounds[0].items()},
        before_second_step_s={n: round(statistics.median(r[n]["before"] for r in rounds), 1) for n in runs},
        steps=STEPS,
    )


def ours(used: Any, train: Any, precision: Any, here: Speed) -> dict[str, Any]:
    """Seconds between steps, and the first loss."""
    from langmix.training.fit import fit

    encoder = Encoder.load(used, product=here.product("training", precision))
    chosen = settings(
        max_steps=STEPS,
        validate_every=STEPS,
        validation_batches=1,
        dropout=0.0,
        batch_size=BATCH,
        precision=precision,
        checkpoint_every=0,
    )
    times, losses = [], []

    def note(step: int, figures: Mapping[str, float]) -> None:
        if "train/loss" in figures:
            times.append(time.perf_counter())
            losses.append(figures["train/loss"])

    start = time.perf_counter()
    fit(encoder, train, with_sampler("validation", BATCH), chosen, 0, note)
    return {"steps": np.diff(times), "loss": losses[0], "before": times[0] - start}


def theirs(used: Any, train: Any, folder: Path) -> dict[str, Any]:
    """The same by Sentence-Transformers."""
    from datasets import Dataset
    from sentence_transformers import (
        SentenceTransformer,
        SentenceTransformerTrainer,
        SentenceTransformerTrainingArguments,
    )
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    from torch.utils.data import BatchSampler, SequentialSampler
    from transformers import TrainerCallback

    corpus, sampler = train
    plans = [sampler.plan(step) for step in range(STEPS)]
    texts = {
        name: [
            prefix + text
            for plan in plans
            for text in corpus.texts(side, plan.rows, getattr(plan, f"{side}_languages"))
        ]
        for name, side, prefix in (
            ("anchor", "query", used.query_prefix),
            ("positive", "passage", used.passage_prefix),
        )
    }
    model = SentenceTransformer(str(folder), device="cpu")
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    losses: list[float] = []
    times: list[float] = []

    class Noted(MultipleNegativesRankingLoss):
        def forward(self, *arguments: Any, **named: Any) -> Any:
            loss = super().forward(*arguments, **named)
            losses.append(float(loss.detach()))
            return loss

    class Clock(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            times.append(time.perf_counter())

    chosen = settings()
    with tempfile.TemporaryDirectory() as output, contextlib.redirect_stdout(io.StringIO()):
        trainer = SentenceTransformerTrainer(
            model=model,
            args=SentenceTransformerTrainingArguments(
                output_dir=output,
                max_steps=STEPS,
                per_device_train_batch_size=BATCH,
                learning_rate=chosen.learning_rate,
                weight_decay=chosen.weight_decay,
                warmup_steps=0,
                max_grad_norm=chosen.gradient_clip,
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
                use_cpu=True,
                batch_sampler=lambda dataset, batch_size, drop_last, **_: BatchSampler(
                    SequentialSampler(dataset), batch_size, drop_last
                ),
            ),
            train_dataset=Dataset.from_dict(texts),
            loss=Noted(model, scale=1 / chosen.temperature),
            callbacks=[Clock()],
        )
        start = time.perf_counter()
        trainer.train()
    return {"steps": np.diff(times), "loss": losses[0], "before": times[0] - start}


if __name__ == "__main__":
    main()
