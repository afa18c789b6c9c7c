"""Forward and backward pass of a training step under each loss, against InfoNCE's, per token that the encoder reads.

The same 32 pairs of real text; a second language is up to 32 questions more, so time is told per token. The teacher is
a toy: what a real one takes is its own encoding, once more over the batch's texts.
"""

import torch

from langmix.encoder.backbone import Backbone, random
from langmix.encoder.encoder import Encoder
from langmix.encoder.speed import Speed
from langmix.losses import Clear, DistillKL, InfoNCE, LaKDA, Loss, MarginMSE, Mimo
from langmix.losses.loss import Taught
from langmix.training.data import Batch, Beside, PlannedBatches
from langmix.training.module import BiEncoder
from langmix.training.needs import second_languages
from measure import alternate, backbone, median_ratio, report, store
from training import settings, with_sampler

REPEATS = 7
BATCH = 32
GOAL = 1.15


def main() -> None:
    """Measure and print one line of JSON."""
    toy = random(
        name="toy",
        seed=0,
        pooling="mean",
        query_prefix="",
        passage_prefix="",
        max_query_tokens=64,
        max_passage_tokens=256,
        store=store(),
    )
    losses = [InfoNCE(), LaKDA(), Clear(), DistillKL(teacher=toy), MarginMSE(teacher=toy), Mimo(teacher=toy)]
    encoder = Encoder.load(backbone(), product=Speed.here(store()).product("training", "fp32"))
    made = [step(encoder, loss, toy) for loss in losses]
    tokens = [sum(len(part.input_ids) for part in batch.texts.parts) for _, batch in made]

    def run(module: BiEncoder, batch: Batch) -> None:
        module.zero_grad()
        module.loss(batch).backward()

    sides = [lambda module=module, batch=batch: run(module, batch) for module, batch in made]
    for side in sides:
        side()
    times = alternate(REPEATS, *sides)
    per_token = [[second / count for second in taken] for taken, count in zip(times, tokens, strict=True)]
    ratios = {loss.name: median_ratio(taken, per_token[0]) for loss, taken in zip(losses, per_token, strict=True)}
    worst = max(ratios.values())
    report(
        "loss_step",
        worst,
        f"<= {GOAL} x InfoNCE's time per token under every loss",
        worst <= GOAL,
        threads=torch.get_num_threads(),
        ratios={name: round(ratio, 3) for name, ratio in ratios.items()},
        tokens={loss.name: count for loss, count in zip(losses, tokens, strict=True)},
        repeats=REPEATS,
    )


def step(encoder: Encoder, loss: Loss, toy: Backbone) -> tuple[BiEncoder, Batch]:
    """A module that minimises the loss, and a batch for it."""
    corpus, sampler = with_sampler("train", BATCH)
    chosen = settings(dropout=0.0, batch_size=BATCH)
    teacher = Encoder.load(toy) if isinstance(loss, Taught) else None
    beside = Beside(None, second_languages(loss, corpus, 0), teacher.tokenize if teacher else None)
    batch = PlannedBatches(corpus, sampler, encoder, chosen.chunk_tokens, beside=beside)[0]
    return BiEncoder(encoder, chosen, 0, loss, teacher), batch


if __name__ == "__main__":
    main()
