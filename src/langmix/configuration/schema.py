"""Types of the configuration's keys, which Hydra holds every value against."""

import re
from dataclasses import dataclass, field, fields, make_dataclass
from typing import Any

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING

from langmix.training.settings import Settings

# What OmegaConf calls a type, and what a reader does.
_WANTED = {
    "converted to Integer": "a whole number",
    "converted to Float": "a number",
    "valid bool": "true or false",
    "to string": "a word",
}


@dataclass
class Retrieval:
    """Keys of ``retrieval``."""

    precision: str = MISSING
    batch_tokens: int = MISSING
    run_files: bool = MISSING
    run_depth: int = MISSING
    index: str | None = None
    index_search: str | None = None
    index_depth: int = MISSING


@dataclass
class Place:
    """Keys of ``store``."""

    root: str = MISSING
    models_gib: float | None = None
    embeddings_gib: float = MISSING


@dataclass
class Tracking:
    """Keys of ``tracking``."""

    experiment: str = MISSING
    mirror: str | None = None
    models: bool = MISSING


# Settings as they are would not do: OmegaConf lets nobody change what a frozen class describes.
Training: Any = make_dataclass(
    "Training", [(each.name, each.type) for each in fields(Settings)], namespace={"__module__": __name__}
)


@dataclass
class Schema:
    """All keys of the configuration; those of a group's options are its builder's own."""

    backbone: Any = MISSING
    corpus: Any = MISSING
    sampler: Any = MISSING
    loss: Any = MISSING
    tuning: Any = MISSING
    negatives: Any = MISSING
    training: Training = MISSING
    validation: Any = None
    held_out: Any = None
    dataset: Any = MISSING
    baseline: Any = MISSING
    train: bool = MISSING
    seed: int = MISSING
    reuse: bool = MISSING
    audit: str = MISSING
    on_error: str = MISSING
    retrieval: Retrieval = field(default_factory=Retrieval)
    store: Place = field(default_factory=Place)
    tracking: Tracking = field(default_factory=Tracking)


def register() -> None:
    """Let configuration files begin with the types: ``defaults: [schema]``."""
    ConfigStore.instance().store(name="schema", node=Schema)


def explain(error: BaseException) -> str:
    """One line for a value that is not of its key's type; empty for any other error."""
    text = "\n".join(map(str, filter(None, (error, error.__cause__))))
    where = re.search(r"full_key: (\S+)", text)
    value = re.search(
        r"Value '(.*?)'(?: of type '\w+'| is not a valid| \()|Cannot convert '\w+' to string: '(.*?)'\n",
        text,
        re.DOTALL,
    )
    if not where:
        return ""
    wanted = next((words for name, words in _WANTED.items() if name in text), "")
    if value and wanted:
        return f"{where[1]}={' '.join((value[1] or value[2]).split())}: must be {wanted}"
    if "is not Optional" in text:
        return f"{where[1]}=null: must have a value"
    if assigned := re.search(r"Invalid type assigned: .* value: (.*)", text):
        return f"{where[1]}={assigned[1]}: must be keys and their values, as in {where[1]}.KEY=VALUE"
    return ""
