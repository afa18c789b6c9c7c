"""What ``langmix translate`` is asked for: types of its keys, and the configuration, opened."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from hydra.core.config_store import ConfigStore
from hydra.utils import to_absolute_path
from omegaconf import MISSING, DictConfig, OmegaConf

from langmix.configuration.part import Part
from langmix.errors import LangmixError
from langmix.store import Store

TRANSLATE = "translate"
"""Name of the main file."""


@dataclass
class Gates:
    """Keys of ``gates``: thresholds; null lets all pass."""

    language: float | None = None
    script: float | None = None
    length: float | None = None
    copy: float | None = None
    repetition: float | None = None
    unknown: float | None = None
    verbatim: float | None = None
    similarity: float | None = None


@dataclass
class Place:
    """Keys of ``store``."""

    root: str = MISSING


@dataclass
class Schema:
    """All keys of ``langmix translate``; those of a group's options are its builder's own."""

    corpus: Any = MISSING
    translator: Any = MISSING
    similarity: Any = None
    target: Any = MISSING
    source: str | None = None
    output: str = MISSING
    references: int = MISSING
    gates: Gates = field(default_factory=Gates)
    store: Place = field(default_factory=Place)


@dataclass(frozen=True)
class ToTranslate:
    """What is to be translated, and how.

    Attributes:
        corpus: Whose texts.
        translator: By what.
        similarity: Encoder that tells a translation from others; None for none.
        target: What `routes` reads.
        source: What a target that is a mere language is translated from; None: the corpus's first language.
        output: Folder to make.
        references: Pairs that translations are scored by, at most.
        gates: Thresholds by name.
        store: Where what was translated is kept.
    """

    corpus: Part
    translator: Part
    similarity: Part | None
    target: Any
    source: str | None
    output: Path
    references: int
    gates: Mapping[str, float | None]
    store: Store


def register() -> None:
    """Let the main file begin with the types: ``defaults: [translate_schema]``."""
    ConfigStore.instance().store(name="translate_schema", node=Schema)


def to_translate(cfg: DictConfig) -> ToTranslate:
    """The configuration with its references resolved.

    Raises:
        LangmixError: A key has no value, or one that is out of range.
    """
    for key, example in (("target", '[es, "en->es->pt"]'), ("output", "FOLDER")):
        if OmegaConf.is_missing(cfg, key):
            raise LangmixError(f"{key} is missing: give {key}={example}")
    values = cast("dict[str, Any]", OmegaConf.to_container(cfg, resolve=True))
    if values["references"] < 0:
        raise LangmixError(f"references={values['references']}: must be a whole number from 0")
    for name, limit in values["gates"].items():
        if limit is not None and not limit >= 0:
            raise LangmixError(f"gates.{name}={limit}: must be a number from 0, or null")
    store = Store.at(values["store"]["root"], to_absolute_path("."))
    return ToTranslate(
        corpus=Part.of(_undivided(values["corpus"]), store),
        translator=Part.of(values["translator"], store),
        similarity=Part.of(values["similarity"], store) if values["similarity"] else None,
        target=values["target"],
        source=values["source"],
        output=Path(to_absolute_path(str(Path(values["output"]).expanduser()))),
        references=values["references"],
        gates=values["gates"],
        store=store,
    )


def _undivided(corpus: dict[str, Any]) -> dict[str, Any]:
    """A corpus, or a mix of some, that holds nothing out: all of its pairs are translated."""
    whole = {**corpus, "validation_fraction": 0} if "validation_fraction" in corpus else dict(corpus)
    if "parts" in whole:
        whole["parts"] = {name: part and _undivided(part) for name, part in whole["parts"].items()}
    return whole
