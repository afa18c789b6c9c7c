"""Which hard negatives a batch carries, as a pure function of its plan."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from langmix.errors import LangmixError
from langmix.negatives.answers import Codes
from langmix.sampling import BatchPlan

WHOSE = ("positive", "query", "any")

_DRAWS = 101  # a stream of random numbers that no sampler has under the same seed


class Candidates(ABC):
    """The passages that each pair of a corpus has to draw negatives from, numbered from 0 in each language.

    Attributes:
        identity: All that decides which they are but the corpus itself.
    """

    identity: Mapping[str, Any]

    @abstractmethod
    def prepare(self) -> None:
        """Do what takes long, once, in the process that calls; else it is done when candidates are first asked for."""

    @abstractmethod
    def counts(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """How many there are for each of ``rows [n]`` in each language of the corpus: ``[n, languages]``."""

    @abstractmethod
    def texts(self, chosen: "NegativePlan") -> list[str]:
        """Text of each of the chosen, ``[negatives]``."""

    @abstractmethod
    def codes(self, chosen: "NegativePlan") -> Codes:
        """What each of the chosen is known by, so that it is no negative of a query that it answers."""


@dataclass(frozen=True)
class NegativePlan:
    """The negatives of a batch, before any text is read.

    Attributes:
        rows: Pair that each was drawn for, ``[negatives]``.
        languages: Language of each: index into the languages of the corpus.
        places: Which of the pair's candidates in that language it is.
    """

    rows: npt.NDArray[np.int64]
    languages: npt.NDArray[np.int64]
    places: npt.NDArray[np.int64]

    def by_language(self, languages: tuple[str, ...]) -> dict[str, int]:
        """How many there are in each language, most frequent first."""
        return {languages[code]: n for code, n in Counter(self.languages.tolist()).most_common()}


@dataclass(frozen=True)
class Negatives:
    """Draws hard negatives for the pairs of a batch.

    What a pair gets depends on (seed, step, pair) only: not on the other pairs, so that the shares of several processes
    add up to the whole batch, and not on who asks or in which order.

    Attributes:
        candidates: What is drawn from.
        seed: Selects all random choices.
        count: Negatives per pair; a pair with fewer candidates brings those it has.
        language: Which candidates a pair draws from: those in the language of its passage ("positive") or of its query
            ("query"), those in all languages ("any"), each as likely, or those in one language, by its code.
        languages: Of the corpus.

    Raises:
        LangmixError: A value has the wrong type or range.
    """

    candidates: Candidates
    seed: int
    count: int
    language: str
    languages: tuple[str, ...]

    def __post_init__(self) -> None:
        check_number("count", self.count)
        if self.language not in (*WHOSE, *self.languages):
            raise LangmixError(
                f"negatives.language={self.language}: must be one of {' '.join(WHOSE)}, or a language of the corpus "
                f"({' '.join(self.languages)})"
            )

    @property
    def identity(self) -> dict[str, Any]:
        """All that decides the negatives of a plan but corpus and seed."""
        return {**self.candidates.identity, "count": self.count, "language": self.language}

    def plan(self, batch: BatchPlan) -> NegativePlan:
        """The negatives of a batch, the same whoever asks; a share of the batch has its pairs' share of them."""
        counts = self.candidates.counts(batch.rows)  # [batch, languages]
        if self.language != "any":
            only = self._only(batch)
            counts = np.where(np.arange(counts.shape[1]) == only[:, None], counts, 0)
        chosen = [
            self._draw(batch.step, row, n) for row, n in zip(batch.rows.tolist(), counts.sum(axis=1), strict=True)
        ]
        of = np.repeat(np.arange(len(batch.rows)), [len(some) for some in chosen])
        numbers = np.concatenate([np.empty(0, np.int64), *chosen])
        # A pair's candidates are numbered through its languages: language and place follow from where each begins.
        ends = np.cumsum(counts, axis=1)[of]
        languages = (ends > numbers[:, None]).argmax(axis=1)
        places = numbers - (np.take_along_axis(ends, languages[:, None], axis=1)[:, 0] - counts[of, languages])
        return NegativePlan(batch.rows[of], languages, places)

    def _only(self, batch: BatchPlan) -> npt.NDArray[np.int64]:
        """Language that each pair draws from, ``[batch]``."""
        if self.language == "positive":
            return batch.passage_languages
        if self.language == "query":
            return batch.query_languages
        return np.full(len(batch.rows), self.languages.index(self.language))

    def texts(self, batch: BatchPlan) -> list[str]:
        """Text of each negative of a batch, ``[negatives]``."""
        return self.candidates.texts(self.plan(batch))

    def codes(self, batch: BatchPlan) -> Codes:
        """What each negative of a batch is known by, see `false_negatives`."""
        return self.candidates.codes(self.plan(batch))

    def _draw(self, step: int, row: int, candidates: int) -> npt.NDArray[np.int64]:
        """`count` of so many candidates, or all, without repetition."""
        generator = np.random.Generator(np.random.Philox(key=[self.seed, _DRAWS], counter=[0, 0, row, step]))
        return np.argsort(generator.random(candidates), kind="stable")[: self.count]


def check_number(key: str, value: object) -> None:
    """Refuse what is no whole number from 1.

    Raises:
        LangmixError: It is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise LangmixError(f"negatives.{key}={value}: must be a whole number from 1")
