"""Studies and the grids of cells that they ask of, as data: what was decided before anything ran."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, get_args

import yaml

from langmix.errors import LangmixError
from langmix.fingerprint import fingerprint
from langmix.studies.claim import Claim

_STUDY = ("question", "note", "grid", "collections", "contrasts")
_GRID = ("common", "arms", "collections", "measures", "seeds", "most_seeds")
_CONTRAST = ("arm", "against", "claim", "setting", "margins", "languages", "collections", "near", "asked_in")
_OPTIONAL = ("languages", "collections", "near", "asked_in")
SETTINGS = ("monolingual", "cross_lingual", "multilingual")


@dataclass(frozen=True)
class Grid:
    """Cells that several studies ask of: arms × collections × seeds.

    Attributes:
        name: Its file's.
        common: Overrides of every cell.
        arms: Overrides by arm.
        collections: Overrides by collection.
        measures: Of every ranked list, what is kept.
        seeds: At least so many of every arm, from 0: with fewer nothing is decided.
        most_seeds: So many are run, where there is time; all that an arm and its baseline have are used.
    """

    name: str
    common: tuple[str, ...]
    arms: Mapping[str, tuple[str, ...]]
    collections: Mapping[str, tuple[str, ...]]
    measures: tuple[str, ...]
    seeds: int
    most_seeds: int

    def hash_on(self, collection: str) -> str:
        """Hash of all that decides a cell on a collection; more seeds change none that is there."""
        plan = {"common": self.common, "arms": self.arms, "measures": self.measures}
        return fingerprint({**plan, "collection": self.collections[collection]})

    def overrides(self, arm: str, collection: str, seed: int) -> list[str]:
        """What the command line says of one cell."""
        return [*self.common, *self.arms[arm], *self.collections[collection], f"seed={seed}"]

    def is_trained(self, arm: str) -> bool:
        """Whether an arm has seeds: in one of the untrained encoder nothing is drawn."""
        return "sampler=none" not in self.arms[arm]

    def seeds_of(self, arm: str) -> range:
        """Seeds of an arm that are run: one of an arm that nothing is trained in."""
        return range(self.most_seeds if self.is_trained(arm) else 1)


@dataclass(frozen=True)
class Contrast:
    """An arm held against another.

    Attributes:
        arm: What is judged.
        against: What it is held against.
        claim: What would be shown.
        setting: Which ranked lists.
        margins: Largest difference that would not matter, by measure, in the measure's unit.
        languages: Two groups of query languages of which the difference between the arms is compared, by name; None:
            all languages together.
        collections: Of the study's, those that it is about.
        near: Collection whose difference between the arms is subtracted: what is judged is what changes from there.
            Empty: nothing is.
        asked_in: Query languages that are looked at. Empty: all.
    """

    arm: str
    against: str
    claim: Claim
    setting: str
    margins: Mapping[str, float]
    languages: Mapping[str, tuple[str, ...]] | None
    collections: tuple[str, ...]
    near: str = ""
    asked_in: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """One question.

    Attributes:
        name: Its file's.
        question: In words.
        note: What has to be said beside the answer.
        grid: Whose cells it asks of.
        collections: Of the grid's, those that it asks.
        contrasts: What is held against what.
    """

    name: str
    question: str
    note: str
    grid: Grid
    collections: tuple[str, ...]
    contrasts: tuple[Contrast, ...]

    def arms_on(self, collection: str) -> list[str]:
        """Those that it holds against each other on a collection, or subtracts from there."""
        about = [each for each in self.contrasts if collection in (*each.collections, each.near)]
        return list(dict.fromkeys(arm for each in about for arm in (each.against, each.arm)))

    @property
    def hash(self) -> str:
        """Hash of the whole plan, so that one made before the results can be told from one made after."""
        grid = {name: self.grid.hash_on(name) for name in self.collections}
        contrasts = [vars(each) for each in self.contrasts]
        return fingerprint({"grid": grid, "seeds": [self.grid.seeds, self.grid.most_seeds], "contrasts": contrasts})


def names() -> list[str]:
    """The studies that come with langmix."""
    return sorted(path.name.removesuffix(".yaml") for path in _plans().iterdir() if path.name.endswith(".yaml"))


def study(name: str) -> Study:
    """A study by its name, or by its file.

    Raises:
        LangmixError: There is no such study, or its plan or its grid's is none.
    """
    path = Path(name) if name.endswith(".yaml") else Path(str(_plans() / f"{name}.yaml"))
    if not path.is_file():
        near = get_close_matches(name, names(), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise LangmixError(f"no study '{name}'{hint} (there are: {', '.join(names())}; or a plan's FILE.yaml)")
    plan = _read(path, _STUDY)
    grid = _grid(path, str(plan["grid"]))
    where = f"{path}: "
    collections = tuple(_words(where, "collections", plan["collections"]))
    for each in collections:
        _known(f"{where}collections", each, grid.collections)
    if not isinstance(plan["contrasts"], list) or not plan["contrasts"]:
        raise LangmixError(f"{where}contrasts: give a list of what is held against what")
    contrasts = tuple(
        _contrast(where, number, each, grid, collections) for number, each in enumerate(plan["contrasts"], 1)
    )
    return Study(path.stem, str(plan["question"]), str(plan["note"] or ""), grid, collections, contrasts)


def _plans() -> Any:
    return files("langmix.studies") / "plans"


def _grid(beside: Path, name: str) -> Grid:
    path = beside.parent / "grids" / f"{name}.yaml"
    if not path.is_file():
        raise LangmixError(f"{beside}: grid '{name}': no such file {path}")
    plan, where = _read(path, _GRID, optional=("most_seeds",)), f"{path}: "
    for key in ("arms", "collections"):
        if not isinstance(plan[key], dict) or not plan[key]:
            raise LangmixError(f"{where}{key}: give a mapping from names to lists of overrides")
    arms, collections = (
        {str(key): tuple(_words(where, f"{part}.{key}", value)) for key, value in plan[part].items()}
        for part in ("arms", "collections")
    )
    if not isinstance(plan["seeds"], int) or plan["seeds"] < 2:
        raise LangmixError(f"{where}seeds: {plan['seeds']} has to be a whole number from 2")
    most = plan.get("most_seeds", plan["seeds"])
    if not isinstance(most, int) or most < plan["seeds"]:
        raise LangmixError(f"{where}most_seeds: {most} has to be a whole number from seeds ({plan['seeds']})")
    common, measures = (tuple(_words(where, key, plan[key])) for key in ("common", "measures"))
    if pinned := [key for key in ("retrieval", "training") if f"{key}.precision=auto" in common]:
        raise LangmixError(f"{where}{pinned[0]}.precision=auto: a grid's precision is pinned, to fp32 or bf16")
    return Grid(name, common, arms, collections, measures, plan["seeds"], most)


def _contrast(where: str, number: int, given: Any, grid: Grid, collections: tuple[str, ...]) -> Contrast:
    where = f"{where}contrast {number}: "
    if not isinstance(given, dict):
        raise LangmixError(f"{where}give a mapping with {', '.join(_CONTRAST)}")
    _check_keys(where, given, _CONTRAST, _OPTIONAL)
    for key in ("arm", "against"):
        _known(f"{where}{key}", str(given[key]), grid.arms)
    _known(f"{where}claim", str(given["claim"]), get_args(Claim))
    _known(f"{where}setting", str(given["setting"]), SETTINGS)
    margins = given["margins"]
    if not isinstance(margins, dict) or not all(
        isinstance(each, int | float) and each > 0 for each in margins.values()
    ):
        raise LangmixError(f"{where}margins: give a number above 0 by measure, as in {{map: .005}}")
    groups = given.get("languages")
    if groups is not None:
        if not isinstance(groups, dict) or len(groups) != 2:
            raise LangmixError(f"{where}languages: give two groups of languages by name")
        groups = {str(key): tuple(_words(where, f"languages.{key}", value)) for key, value in groups.items()}
    about, near = (
        tuple(_words(where, "collections", given.get("collections", list(collections)))),
        given.get("near", ""),
    )
    for key, of_key in (("collections", about), ("near", (near,) if near else ())):
        for name in of_key:
            _known(f"{where}{key}", name, collections)
    if near in about or (near and groups):
        raise LangmixError(f"{where}near: '{near}' is subtracted from other collections, over all languages")
    what = given["arm"], given["against"], given["claim"], given["setting"]
    asked_in = tuple(_words(where, "asked_in", given.get("asked_in", [])))
    return Contrast(*what, dict(margins), groups, about, near, asked_in)


def _read(path: Path, keys: Sequence[str], optional: Sequence[str] = ()) -> dict[str, Any]:
    try:
        plan = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise LangmixError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error
    if not isinstance(plan, dict):
        raise LangmixError(f"{path}: give a mapping with {', '.join(keys)}")
    _check_keys(f"{path}: ", plan, keys, optional)
    return plan


def _check_keys(where: str, given: Mapping[str, Any], keys: Sequence[str], optional: Sequence[str] = ()) -> None:
    for key in given:
        _known(f"{where}key", str(key), keys)
    if lacking := [key for key in keys if key not in given and key not in optional]:
        raise LangmixError(f"{where}no {lacking[0]}")


def _known(where: str, word: str, words: Sequence[str] | Mapping[str, Any]) -> None:
    if word not in words:
        near = get_close_matches(word, list(words), n=1)
        hint = f"; did you mean '{near[0]}'?" if near else ""
        raise LangmixError(f"{where} '{word}': there is none{hint} (there are: {', '.join(words)})")


def _words(where: str, key: str, given: Any) -> list[str]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise LangmixError(f"{where}{key}: give a list of words")
    return given
