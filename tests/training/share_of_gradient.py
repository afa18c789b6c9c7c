"""Started by test_distributed.py: loss and gradients of this process's share of one batch, to a file."""

import sys
from dataclasses import replace
from pathlib import Path

import torch
import torch.distributed as dist
from torch.nn.parallel import DistributedDataParallel

from langmix.encoder import backbone
from langmix.encoder.chunks import Chunks
from langmix.encoder.encoder import Encoder
from langmix.store import Store
from langmix.training.data import PlannedBatches
from langmix.training.module import BiEncoder

from .tiny_run import BACKBONE, SETTINGS, arms

GROUPS = torch.tensor([1, 1, 2, 3, 4, 5, 1, 7, 3])  # across the border between the shares
NEGATIVES = ["Nairobi", "the euro", "Asia", "a word", "Berlin"]  # unequal shares of these too
NEGATIVE_GROUPS = torch.arange(len(NEGATIVES)) + 4
VARIANTS = {
    "plain": SETTINGS,
    "everything": replace(SETTINGS, symmetric=True, learn_temperature=True, trim_vocabulary=False),
    "cached": replace(SETTINGS, symmetric=True, learn_temperature=True, cache_gradients=True, chunk_tokens=128),
}


class Loss(torch.nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def forward(self, batch):
        return self.module._loss(batch)


def gradients(store, rank=0, world_size=1):
    found = {}
    for name, settings in VARIANTS.items():
        encoder = Encoder.load(backbone.random(**BACKBONE, store=Store(Path(store))))
        corpus, sampler = arms(batch_size=9)[0]
        batch = PlannedBatches(corpus, sampler, encoder, settings.chunk_tokens, rank, world_size)[5]
        rows = torch.arange(9).tensor_split(world_size)[rank]
        masked = GROUPS[:, None] == torch.cat([GROUPS, NEGATIVE_GROUPS])
        masked.fill_diagonal_(fill_value=False)
        batch = batch._replace(masked=masked[rows, : len(GROUPS)])
        if name != "plain":
            own = torch.arange(len(NEGATIVES)).tensor_split(world_size)[rank].tolist()
            plan = sampler.plan(5).share(rank, world_size)
            queries = corpus.texts("query", plan.rows, plan.query_languages)
            passages = corpus.texts("passage", plan.rows, plan.passage_languages)
            passages += [NEGATIVES[index] for index in own]
            ids = encoder.tokenize(queries, "query") + encoder.tokenize(passages, "passage")
            batch = batch._replace(texts=Chunks.of(ids, settings.chunk_tokens), masked=masked[rows])
        # Dropout draws other masks for other shares; without it there is one right answer.
        module = BiEncoder(encoder, settings, seed=0).eval()
        forward = DistributedDataParallel(Loss(module)) if world_size > 1 else Loss(module)
        loss = forward(batch)
        loss.backward()
        found[name] = {key: value.grad for key, value in module.named_parameters()} | {"loss": loss.detach()}
    return found


if __name__ == "__main__":
    store, target, rank, world_size, rendezvous = sys.argv[1:]
    dist.init_process_group("gloo", init_method=f"file://{rendezvous}", rank=int(rank), world_size=int(world_size))
    torch.save(gradients(store, int(rank), int(world_size)), target)
    dist.destroy_process_group()
