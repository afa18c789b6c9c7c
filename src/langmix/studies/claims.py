"""What is said of hybrid batches, each line with what it was checked against."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Literal

import yaml

from langmix.direction import Direction
from langmix.measures.registry import measure
from langmix.plots.style import SETTINGS
from langmix.studies.answer import Answer
from langmix.studies.claim import Word, together
from langmix.studies.published import BACKBONES, published
from langmix.studies.results import Results

Kind = Literal["data fact", "published table", "our runs", "not testable offline"]

_COLLECTIONS = ("xquad_r", "mlqa_r")


@dataclass(frozen=True)
class Checked:
    """A claim and what came of it.

    Attributes:
        says: The claim.
        kind: What it can be checked against.
        word: What came of it; empty where nothing can.
        evidence: In a line.
    """

    says: str
    kind: Kind
    word: Word | Literal[""]
    evidence: str


def checked(answers: Mapping[str, Answer], results: Mapping[str, Results]) -> list[Checked]:
    """Every claim, in the order of the file.

    Args:
        answers: Of the studies that have results, by name.
        results: Of collections, by name.
    """
    given = yaml.safe_load((files("langmix.studies") / "claims.yaml").read_text(encoding="utf-8"))
    return [Checked(each["says"], each["kind"], *_found(each, answers, results)) for each in given]


def _found(
    claim: Mapping[str, Any], answers: Mapping[str, Answer], results: Mapping[str, Results]
) -> tuple[Word | Literal[""], str]:
    if claim["kind"] == "data fact":
        return _counted(claim["collection"], results)
    if claim["kind"] == "published table":
        return _in_tables(**claim["published"])
    if claim["kind"] == "our runs":
        answer = answers.get(claim["study"])
        return (answer.word, f"langmix study {claim['study']}") if answer else ("undecided", "not run")
    return "", claim["why"]


def _counted(expected: Mapping[str, Any], results: Mapping[str, Results]) -> tuple[Word, str]:
    found = results.get(expected["name"])
    if found is None:
        return "undecided", "no results"
    across = found.lists[found.lists["setting"] == "cross_lingual"]
    languages = found.lists["query_language"].nunique()
    pairs = len(across[["query_language", "candidate_language"]].drop_duplicates())
    same = (languages, pairs) == (expected["languages"], expected["pairs"])
    return "supported" if same else "contradicted", f"{languages} languages, {pairs} ordered pairs"


def _in_tables(arm: str, over: list[str], settings: list[str], measures: list[str]) -> tuple[Word, str]:
    """Whether an arm's printed mean is ahead of all others', wherever both are printed: one run each, so no test."""
    words: list[Word] = []
    against = []
    for ahead, said in _comparisons(arm, over, settings, measures):
        words.append("supported" if ahead else "contradicted")
        if not ahead:
            against.append(said)
    evidence = f"{len(words) - len(against)} of {len(words)} printed means"
    return together(words), "; ".join([evidence, *against])


def _comparisons(arm: str, over: list[str], settings: list[str], measures: list[str]) -> Iterator[tuple[bool, str]]:
    for collection in _COLLECTIONS:
        for backbone, title in BACKBONES.items():
            ours = published(collection, backbone, arm)
            for other in over:
                theirs = published(collection, backbone, other)
                for setting in settings:
                    for name in measures:
                        key = f"{collection}/{setting}/{measure(name).metric}"
                        if key not in ours or key not in theirs:
                            continue
                        of = measure(name)
                        ahead = ours[key] > theirs[key]
                        if of.direction == Direction.LOWER:
                            ahead = ours[key] < theirs[key]
                        figures = f"{of.text(ours[key])} to {other}'s {of.text(theirs[key])}"
                        yield ahead, f"not {title} on {collection}, {SETTINGS[setting].lower()} {of.title}: {figures}"
