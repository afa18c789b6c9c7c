"""Processes that prepare batches, however they are started, prepare those of the training process."""

import io
import multiprocessing
import pickle
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
import torch

from langmix.corpus import TableCorpus
from langmix.corpus.combined import mix
from langmix.negatives.mined import bm25
from langmix.sampling import hybrid
from langmix.store import Store
from langmix.training.data import Beside, ParallelData, PlannedBatches

from .tiny_run import SETTINGS, arms

STEPS = (0, 7, 5000)  # the last is not of the first steps whose kinds are drawn together


def same(first, second):
    """Whether two batches are equal, tensor by tensor."""
    if isinstance(first, torch.Tensor):
        return torch.equal(first, second)
    if isinstance(first, (tuple, list)):
        return len(first) == len(second) and all(map(same, first, second))
    return first == second


@pytest.fixture
def stored(tmp_path):
    """The training corpus as a memory-mapped file."""
    table = arms()[0][0].table
    with pa.ipc.new_file(tmp_path / "corpus.arrow", table.schema) as file:
        file.write_table(table)
    return TableCorpus.open(tmp_path / "corpus.arrow", "stored", "0", slice(3, None))


@pytest.mark.parametrize("kind", ["in memory", "stored", "combined", "with negatives"])
def test_what_a_process_gets_makes_the_same_batches(tiny, stored, tmp_path, kind):
    corpus, negatives = {"in memory": arms()[0][0]}.get(kind, stored), None
    if kind == "combined":
        parts = {"one": lambda **_: stored, "other": lambda **_: arms()[0][0]}
        mixing = {"batches": "mixed"}
        corpus = mix("both", parts, None, mixing, store=Store(tmp_path))
    if kind == "with negatives":
        negatives = bm25(corpus, seed=0, depth=2, count=1, language="any", store=Store(tmp_path))
        negatives.candidates.prepare()
    batches = PlannedBatches(corpus, hybrid(corpus, 8, seed=1), tiny, 512, beside=Beside(negatives))
    expected = [batches[step] for step in STEPS]  # and so what is kept between steps is kept already
    sent = pickle.dumps(batches)
    assert all(same(pickle.loads(sent)[step], batch) for step, batch in zip(STEPS, expected, strict=True))  # noqa: S301


def test_neither_the_transformer_nor_a_mapped_corpus_is_sent(tiny, stored):
    file = io.BytesIO()
    pickler = pickle.Pickler(file)
    pickler.persistent_id = refuse
    pickler.dump(PlannedBatches(stored, hybrid(stored, 8, seed=1), tiny, 512))
    assert len(file.getvalue()) < 200_000 < stored.table.nbytes


def refuse(thing):
    assert not isinstance(thing, torch.nn.Module)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_processes_of_every_kind_prepare_the_same_batches(tiny, monkeypatch, method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this platform has no {method}")
    monkeypatch.setattr(multiprocessing, "get_start_method", lambda: method)
    steps = replace(SETTINGS, max_steps=3, workers=1)
    alone = PlannedBatches(*arms()[0], tiny, SETTINGS.chunk_tokens)
    found = list(ParallelData(*arms(), tiny, steps).train_dataloader())
    assert len(found) == 3
    assert all(same(batch, alone[step]) for step, batch in enumerate(found))


TOKENISING = """
from dataclasses import replace
from pathlib import Path
import sys
from langmix.encoder import backbone
from langmix.encoder.encoder import Encoder
from langmix.store import Store
from langmix.training.data import ParallelData
from tests.training.tiny_run import BACKBONE, SETTINGS, arms

tiny = Encoder.load(backbone.random(**BACKBONE, store=Store(Path(sys.argv[1]))))
data = ParallelData(*arms(), tiny, replace(SETTINGS, workers=1, max_steps=3))
data.tokens_used()  # in this process, and in threads
print(len(list(data.train_dataloader())))
"""


def test_a_tokenizer_that_uses_threads_can_be_forked(start, tmp_path, monkeypatch):
    monkeypatch.setenv("TOKENIZERS_PARALLELISM", "true")
    monkeypatch.setenv("RAYON_NUM_THREADS", "2")
    monkeypatch.chdir(Path(__file__).parents[2])
    output, errors = start(TOKENISING, tmp_path).communicate(timeout=120)
    assert output == "3\n", errors
