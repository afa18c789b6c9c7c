"""What the benchmarks of training share: real rows and settings."""

from typing import Any

import yaml

from langmix.corpus import ParallelCorpus
from langmix.corpus.jsonl import jsonl
from langmix.sampling import Sampler, hybrid
from langmix.training.settings import Settings
from measure import ROOT, data, store


def split(name: str) -> ParallelCorpus:
    """English and Finnish questions and answer sentences of SQuAD; every pair a group of its own."""
    folder = data("squad_parallel")
    return jsonl(
        name="squad_parallel",
        files={"en": folder / "en_bt.jsonl.gz", "fi": folder / "fi.jsonl.gz"},
        file=None,
        columns={"id": "id", "query": "question", "passage": "answer_sentence", "group": None, "language": None},
        languages=None,
        store=store(),
        validation_fraction=0.02,
        split=name,
    )


def with_sampler(name: str, batch_size: int) -> tuple[ParallelCorpus, Sampler]:
    """A split and a hybrid sampler over it."""
    corpus = split(name)
    return corpus, hybrid(corpus, batch_size, seed=0)


def settings(**changes: Any) -> Settings:
    """conf/training/small.yaml, with changes."""
    conf = yaml.safe_load((ROOT / "conf" / "training" / "small.yaml").read_text(encoding="utf-8"))
    return Settings(**(conf | {"accelerator": "cpu"} | changes))
