"""The configuration, opened: typed parts in place of nested keys."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from hydra.utils import to_absolute_path
from omegaconf import DictConfig, OmegaConf

from langmix.cell_key import UNTRAINED, CellKey
from langmix.configuration.part import Part
from langmix.configuration.schema import Place, Retrieval, Tracking
from langmix.encoder.speed import fastest_precision
from langmix.errors import LangmixError
from langmix.scoring.index import Index
from langmix.scoring.index import check as check_index
from langmix.store import Store
from langmix.training.processes import rank
from langmix.training.settings import Settings

if TYPE_CHECKING:
    from langmix.encoder.speed import Precision, Task

_Keys = TypeVar("_Keys", Retrieval, Place, Tracking, Settings)

_USUAL = {"loss": "info_nce", "tuning": "full"}  # what goes without saying
_ON_ERROR = ("continue", "stop")
_AUDITS = ("none", "warn", "fail")
_PRECISIONS = ("fp32", "bf16")
_TASKS: "dict[str, Task]" = {"retrieval": "encoding", "training": "training"}  # where each group's precision counts


@dataclass(frozen=True)
class ToTrain:
    """What is to be trained, on what and how.

    Attributes:
        corpus: Of the training batches.
        validation: Corpus of the validation batches.
        sampler: Of the training batches.
        loss: What is minimised.
        tuning: Which weights are trained.
        negatives: Hard negatives of the training batches.
        held_out: Collection that weights are measured on at every validation.
        encoding: How that collection is encoded: precision and tokens per forward pass.
        settings: Hyper-parameters.
        seed: Of everything random.
        store: Where it is known what is fastest on this processor.
    """

    corpus: Part
    validation: Part
    sampler: Part
    loss: Part
    tuning: Part
    negatives: Part
    held_out: Part | None
    encoding: "tuple[Precision, int]"
    settings: Settings
    seed: int
    store: Store


@dataclass(frozen=True)
class Fit:
    """What a training-free baseline is fitted on.

    Attributes:
        corpus: Parallel texts, none of which is evaluated on.
        pairs: How many of its pairs.
    """

    corpus: Part
    pairs: int


class Configuration:
    """What was asked for, resolved. A part is checked when it is first looked at.

    Attributes:
        values: All keys as plain mappings and lists.
        retrieval: How texts are encoded and rankings written.
        place: Where everything is kept.
        tracking: How it is tracked.
        audit: What follows where texts that are evaluated on are trained on: "none" (not looked for), "warn" or "fail".
        on_error: Whether a sweep goes on after a failed cell: "continue" or "stop".
        reuse: Whether a sweep takes over finished cells.
    """

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.values = dict(values)
        self.retrieval = _typed(Retrieval, "retrieval", values)
        self.place = _typed(Place, "store", values)
        self.tracking = _typed(Tracking, "tracking", values)
        self.audit: str = values["audit"]
        self.on_error: str = values["on_error"]
        self.reuse: bool = values["reuse"]

    @property
    def store(self) -> Store:
        """Where everything is kept."""
        return Store(Path(self.place.root))

    @property
    def trains(self) -> bool:
        """Whether the cell fine-tunes its backbone."""
        return bool(self.values["train"]) and self._sampler.values["name"] != UNTRAINED

    @property
    def rank(self) -> int:
        """Number of this process among those of the training, see `rank`."""
        training = self.values["training"]
        return rank(training["devices"], training["nodes"])

    @property
    def key(self) -> CellKey:
        """Which cell of the grid it is."""
        trains, values = self.trains, self._sampler.values
        sampler = values["name"] if trains else UNTRAINED
        if trains and values.get("alpha_end") is not None:  # an arm of its own, and none of the published ones
            sampler = f"{sampler}-{values['alpha_schedule']} to {values['alpha_end']:g}"
        hard = self._part(self.values["negatives"]).function
        if trains and hard != "none":  # likewise
            sampler = f"{sampler}+{hard}"
        for group, usual in _USUAL.items():
            option = self._part(self.values[group]).name
            if trains and option != usual:  # likewise
                sampler = f"{sampler}+{option}"
        alpha = values.get("alpha") if trains else None
        backbone, seed = self.values["backbone"]["name"], self.values["seed"]
        return CellKey(backbone, sampler, self.dataset.name, seed, alpha, self.baseline.function)

    @property
    def backbone(self) -> Part:
        """What is fine-tuned, or measured as it is."""
        return self._part(self.values["backbone"])

    @property
    def dataset(self) -> Part:
        """The collection that is searched."""
        return self._part(self.values["dataset"])

    @property
    def baseline(self) -> Part:
        """The training-free adjustment of the ranking."""
        return self._part(self.values["baseline"]).without("fit_on", "fit_pairs")

    @property
    def fit(self) -> Fit | None:
        """What the baseline is fitted on; None for one that is not."""
        values = self.values["baseline"]
        return Fit(self._part(values["fit_on"]), values["fit_pairs"]) if "fit_on" in values else None

    @property
    def encoding(self) -> "tuple[Precision, int]":
        """How texts are encoded at evaluation: precision and tokens per forward pass."""
        return cast("Precision", self.retrieval.precision), self.retrieval.batch_tokens

    @property
    def index(self) -> Index | None:
        """How the best candidates are found; None where all are ranked."""
        asked = self.retrieval
        return None if asked.index is None else Index(asked.index, asked.index_search, asked.index_depth)

    @property
    def ranking(self) -> dict[str, Any]:
        """What is done at evaluation, under the keys of ``retrieval``; those of an index where there is one."""
        asked = {key: value for key, value in vars(self.retrieval).items() if value is not None}
        return asked if self.index else {key: value for key, value in asked.items() if not key.startswith("index")}

    @cached_property
    def settings(self) -> Settings:
        """Hyper-parameters.

        Raises:
            LangmixError: A value is out of range.
        """
        return _typed(Settings, "training", self.values)

    @property
    def to_train(self) -> ToTrain:
        """What batches are made of, whether or not they are trained on.

        Raises:
            LangmixError: The sampler trains nothing, or a hyper-parameter is out of range.
        """
        if not self._sampler.builds:
            raise LangmixError(f"sampler={self._sampler.values['name']}: trains nothing, so it has no batches")
        values = self.values
        corpus, held_out = values["corpus"], values.get("held_out")
        return ToTrain(
            corpus=self._part(corpus),
            validation=self._part(values.get("validation") or corpus),
            sampler=self._sampler,
            loss=self._part(values["loss"]),
            tuning=self._part(values["tuning"]),
            negatives=self._part(values["negatives"]),
            held_out=self._part(held_out) if held_out else None,
            encoding=self.encoding,
            settings=self.settings,
            seed=values["seed"],
            store=self.store,
        )

    def _part(self, values: dict[str, Any]) -> Part:
        return Part.of(values, self.store)

    @property
    def _sampler(self) -> Part:
        return self._part(self.values["sampler"])

    def check_sweep(self) -> None:
        """Refuse wrong values of the keys that say how a sweep goes on.

        Raises:
            LangmixError: A value is none of those there are.
        """
        if self.on_error not in _ON_ERROR:
            raise LangmixError(f"on_error={self.on_error}: must be {' or '.join(_ON_ERROR)}")

    def check(self) -> None:
        """Refuse what is out of range, before anything is read.

        Raises:
            LangmixError: A value is.
        """
        for group in ("dataset", "held_out"):
            name = (self.values.get(group) or {}).get("name")
            if name is not None and (Path(str(name)).name != name or "\\" in name):
                raise LangmixError(f"{group}.name={name}: must be a name without / and \\, as files are called by it")
        if self.values["seed"] < 0:
            raise LangmixError(f"seed={self.values['seed']}: must be a whole number from 0")
        _check_word("audit", self.audit, _AUDITS)
        self._check_retrieval()
        mirror = self.tracking.mirror
        if mirror is not None and "://" not in mirror:
            raise LangmixError(f"tracking.mirror={mirror}: must be an MLflow address, such as http://HOST:5000")
        for key in ("models_gib", "embeddings_gib"):
            if (limit := getattr(self.place, key)) is not None and not limit >= 0:
                raise LangmixError(f"store.{key}={limit}: must be a number from 0")

    def _check_retrieval(self) -> None:
        asked = self.retrieval
        # auto is one of the others by now
        _check_word("retrieval.precision", asked.precision, (*_PRECISIONS, "auto"))
        for key in ("batch_tokens", "run_depth", "index_depth"):
            if (value := getattr(asked, key)) < 1:
                raise LangmixError(f"retrieval.{key}={value}: must be a whole number from 1")
        if asked.index is None and asked.index_search is not None:
            raise LangmixError("retrieval.index_search is about an index, and retrieval.index is null")
        if asked.index is not None and asked.run_files:
            raise LangmixError("retrieval.run_files=true writes what is ranked in full: set retrieval.index=null")
        if self.index:
            check_index(self.index)


def _check_word(key: str, word: str, words: tuple[str, ...]) -> None:
    if word not in words:
        raise LangmixError(f"{key}={word}: must be {', '.join(words[:-1])}, or {words[-1]}")


def _typed(kind: type[_Keys], group: str, values: Mapping[str, Any]) -> _Keys:
    """The keys of a group as what they describe; keys that were added with ``+`` are none of it."""
    given = dict(values[group])
    if unknown := given.keys() - {each.name for each in fields(kind)}:
        raise LangmixError(f"{group}.{min(unknown)}: no such key (there are: {', '.join(given.keys() - unknown)})")
    return kind(**given)


def opened(cfg: DictConfig) -> Configuration:
    """The configuration with all its references resolved, the store's place absolute, and each precision a precision.

    Whoever is handed it, and works wherever, means one place and one arithmetic.

    Raises:
        LangmixError: The place is none.
    """
    root = cfg.store.root
    if not root:
        raise LangmixError(f"store.root={root}: must be a folder")
    cfg.store.root = str(Store.at(root, to_absolute_path(".")).root)
    for group, task in _TASKS.items():
        if cfg[group].precision == "auto":
            cfg[group].precision = fastest_precision(Store(Path(cfg.store.root)), task)
    # Groups of which nothing was chosen are no part of it.
    keys = [
        str(key) for key in cfg if key != "hydra" and OmegaConf.is_missing(cfg, key) is False and cfg[key] is not None
    ]
    return Configuration(cast("dict[str, Any]", OmegaConf.to_container(OmegaConf.masked_copy(cfg, keys), resolve=True)))
