"""A kind of batch: the language combinations that its pairs may take."""

from dataclasses import dataclass
from itertools import permutations


@dataclass(frozen=True)
class BatchKind:
    """One way to fill a batch.

    Attributes:
        name: Shown in plans and logs.
        combinations: Admissible (query language, passage language) pairs. A pair of texts takes one of those it exists
            in, with equal chance; a pair that exists in none of them never enters such a batch.
    """

    name: str
    combinations: tuple[tuple[str, str], ...]


def same_language(languages: tuple[str, ...]) -> BatchKind:
    """Question and passage share a language; the batch mixes languages."""
    return BatchKind("x_x", tuple((language, language) for language in languages))


def one_language(languages: tuple[str, ...]) -> list[BatchKind]:
    """Every text of the batch is in one language: one kind per language."""
    return [BatchKind(f"x_x_mono:{language}", ((language, language),)) for language in languages]


def different_languages(languages: tuple[str, ...]) -> BatchKind:
    """Question and passage of each pair differ in language; the batch mixes languages."""
    return BatchKind("x_y", tuple(permutations(languages, 2)))
