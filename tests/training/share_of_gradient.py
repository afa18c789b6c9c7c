"""Started by test_distributed.py: loss and gradients of this process's share of one batch, to a file."""

import sys
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from langmix.encoder import backbone
from langmix.encoder.encoder import Encoder
from langmix.losses import Clear, DistillKL, InfoNCE, LaKDA, Mimo
from langmix.losses.loss import Taught
from langmix.store import Store
from langmix.training.data import Beside, PlannedBatches
from langmix.training.module import BiEncoder
from langmix.training.needs import second_languages

from .tiny_run import BACKBONE, SETTINGS, arms

GROUPS = torch.tensor([1, 1, 2, 3, 4, 5, 1, 7, 3])  # across the border between the shares
NEGATIVES = ["Nairobi", "the euro", "Asia", "a word", "Berlin"]  # unequal shares of these too
NEGATIVE_GROUPS = torch.arange(len(NEGATIVES)) + 4
SYMMETRIC = InfoNCE(symmetric=True)
VARIANTS = {
    "plain": (SETTINGS, InfoNCE()),
    "everything": (replace(SETTINGS, learn_temperature=True, trim_vocabulary=False), SYMMETRIC),
    "cached": (replace(SETTINGS, learn_temperature=True, cache_gradients=True, chunk_tokens=128), SYMMETRIC),
    "lakda": (SETTINGS, LaKDA()),
    "clear": (replace(SETTINGS, cache_gradients=True, chunk_tokens=128), Clear()),
    "distill_kl": (SETTINGS, DistillKL()),
    "mimo": (SETTINGS, Mimo(first_stage=0.0)),
}


class WithNegatives(PlannedBatches):
    def _hard(self, plan):
        own = torch.arange(len(NEGATIVES)).tensor_split(self._world_size)[self._rank]
        return [NEGATIVES[index] for index in own.tolist()]


class Loss(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, batch):
        return self.module.loss(batch)


def gradients(store, rank=0, world_size=1):
    found = {}
    for name, (settings, loss) in VARIANTS.items():
        encoder, teacher = (
            Encoder.load(backbone.random(**{**BACKBONE, "seed": seed}, store=Store(Path(store)))) for seed in (0, 1)
        )
        corpus, sampler = arms(batch_size=9)[0]
        taught = isinstance(loss, Taught)
        beside = Beside(None, second_languages(loss, corpus, 0), teacher.tokenize if taught else None)
        make = PlannedBatches if name == "plain" else WithNegatives
        batch = make(corpus, sampler, encoder, settings.chunk_tokens, rank, world_size, beside)[5]
        rows = torch.arange(9).tensor_split(world_size)[rank]
        masked = GROUPS[:, None] == torch.cat([GROUPS, NEGATIVE_GROUPS])
        masked.fill_diagonal_(fill_value=False)
        batch = batch._replace(masked=masked[rows] if make is WithNegatives else masked[rows, : len(GROUPS)])
        # Dropout draws other masks for other shares; without it there is one right answer.
        module = BiEncoder(encoder, settings, 0, loss, teacher if taught else None).eval()
        forward = DistributedDataParallel(Loss(module)) if world_size > 1 else Loss(module)
        value = forward(batch)
        value.backward()
        found[name] = {key: each.grad for key, each in module.named_parameters()} | {"loss": value.detach()}
    return found


if __name__ == "__main__":
    store, target, rank, world_size, rendezvous = sys.argv[1:]
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=int(rank), world_size=int(world_size))
    torch.save(gradients(store, int(rank), int(world_size)), target)
    dist.destroy_process_group()
