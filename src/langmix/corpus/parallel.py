"""Parallel training texts: one row is one question-passage pair, in as many languages as it exists in."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from langmix.corpus.mixing import Mixing
from langmix.corpus.split import Split

SIDES = ("query", "passage")


class ParallelCorpus(ABC):
    """Question-passage pairs aligned over languages, numbered from 0.

    Attributes:
        name: What tables and runs call the corpus.
        languages: ISO 639 codes, in the order that language numbers index.
        fingerprint: Hash of the content: equal hashes mean equal rows in equal order, drawn in equal shares.
        mixing: How the corpora it is made of share the batches.
    """

    name: str
    languages: tuple[str, ...]
    fingerprint: str
    mixing: Mixing = Mixing()

    @abstractmethod
    def __len__(self) -> int:
        """Pairs."""

    @property
    def parts(self) -> dict[str, range]:
        """Rows of each corpus it is made of, by name: consecutive, none left out."""
        return {self.name: range(len(self))}

    @property
    def part_languages(self) -> dict[str, tuple[str, ...]]:
        """Languages that each corpus it is made of has, by the corpus's name."""
        return {self.name: self.languages}

    @abstractmethod
    def exists(self, side: str, language: str) -> npt.NDArray[np.bool_]:
        """Which pairs have this text: bool ``[rows]`` for ``side`` "query" or "passage"; none in a foreign language."""

    def has(self, side: str) -> npt.NDArray[np.bool_]:
        """Which texts exist: bool ``[rows, languages]`` for ``side`` "query" or "passage"."""
        return np.stack([self.exists(side, language) for language in self.languages], axis=1)

    @property
    def groups(self) -> "Groups":
        """Group of each row as an integer code; equal codes share a group, also in other processes."""
        return Groups(self)

    @abstractmethod
    def group_names(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """Groups of the pairs ``rows [n]``; pairs of one group are never each other's negatives."""

    @abstractmethod
    def ids(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """Ids of the pairs ``rows [n]``."""

    @property
    def has_negatives(self) -> bool:
        """Whether any pair was given negatives."""
        return False

    def negatives(self, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[list[str]]:
        """The negatives that each of ``rows [n]`` was given in its language (``languages [n]``), often none."""
        return [[] for _ in rows]

    def answers(self, rows: npt.NDArray[np.int64], language: str) -> list[str | None]:
        """The part of the passage that answers the query, for each of ``rows [n]`` in one language; None: not told."""
        return [None] * len(rows)

    @abstractmethod
    def all_texts(self, side: str, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The texts of ``rows [n]`` in whichever languages they have: which of the rows each is of, and the texts."""

    @abstractmethod
    def asking(self, questions: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows that ask one of ``questions [n]``, told by `text_codes`, in any language.

        Returns:
            Which of the questions, and a row that asks it, both ``[found]``. Of rows with the very same texts one may
            stand for all.
        """

    @property
    def splits(self) -> Mapping[str, Split]:
        """What each corpus it is made of holds out for validation, by name; none where there is no choice."""
        return {}

    @abstractmethod
    def texts(self, side: str, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[str]:
        """The texts of ``rows [n]``, each in its own language (``languages [n]``: index into `languages`)."""


class Groups:
    """Groups of a corpus, looked up where they are asked for: forty million are not read before the first batch."""

    def __init__(self, corpus: ParallelCorpus) -> None:
        self._corpus = corpus

    def __getitem__(self, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """Code of the group of each of ``rows [n]``: 64 bits of a hash of its name."""
        names = self._corpus.group_names(rows)
        digests = b"".join(blake2b(name.encode(), digest_size=8).digest() for name in names)
        return np.frombuffer(digests, "<i8").astype(np.int64)
