"""Joins the languages' rows by pair id."""

import logging
from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from langmix.corpus.parallel import SIDES
from langmix.corpus.table import schema
from langmix.errors import LangmixError
from langmix.texts import has_word

log = logging.getLogger(__name__)

BATCH = 4096


class Source(Protocol):
    """A file whose entries are counted."""

    @property
    def unit(self) -> str:
        """What they are counted in, from 1, e.g. "line"."""

    def at(self, number: int) -> str:
        """Prefix of an error message about an entry."""


class Entry(NamedTuple):
    """What one row says of a pair in one language.

    Attributes:
        id: Id of the pair.
        group: Group of the pair; None: the one that it has in the languages before.
        texts: Query and passage as UTF-8; None where missing.
        negatives: Passages that do not answer the query, as UTF-8.
        answer: The part of the passage that answers it, as UTF-8; None where that is not told.
    """

    id: str
    group: str | None
    texts: tuple[bytes | None, bytes | None]
    negatives: tuple[bytes, ...] = ()
    answer: bytes | None = None


class _LanguageTexts:
    """Texts of one language. Each distinct text is kept once, since all questions about a passage repeat it.

    Attributes:
        numbers: Row number in the file by pair, in the order of reading.
        negatives: Which of the distinct texts are a pair's negatives, by pair, where there are any.
        answers: Which of the distinct texts is a pair's answer, by pair, where it is told.
        wordless: How many of the distinct texts hold no letter and no digit.
    """

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.negatives: dict[int, list[int]] = {}
        self.answers: dict[int, int] = {}
        self.wordless = 0
        self._distinct: dict[bytes, int] = {}
        self._read: tuple[list[int], ...] = tuple([] for _ in SIDES)

    def add(self, pair: int, number: int, entry: Entry) -> None:
        self.numbers[pair] = number
        for read, text in zip(self._read, entry.texts, strict=True):
            read.append(-1 if text is None else self._number(text))
        if entry.negatives:
            self.negatives[pair] = [self._number(text) for text in entry.negatives]
        if entry.answer is not None:
            self.answers[pair] = self._number(entry.answer)

    def _number(self, text: bytes) -> int:
        known = len(self._distinct)
        number = self._distinct.setdefault(text, known)
        if number == known and not has_word(text.decode()):
            self.wordless += 1
        return number

    def distinct(self) -> pa.Array:
        """The distinct texts, in an array that may be larger than the 2 GiB of a plain string array."""
        return pa.array(list(self._distinct), pa.large_string())

    def positions(self, pairs: int) -> npt.NDArray[np.int64]:
        """Which of the distinct texts is each pair's query and passage: ``[sides, pairs]``, -1 for none."""
        positions = np.full((len(SIDES), pairs), -1, dtype=np.int64)
        positions[:, np.fromiter(self.numbers, np.int64, len(self.numbers))] = self._read
        return positions

    def lists(self, pairs: list[int], distinct: pa.Array) -> pa.Array:
        """The negatives of these pairs: lists of strings, empty where there are none."""
        lists = [self.negatives.get(pair, []) for pair in pairs]
        ends = np.cumsum([0, *map(len, lists)]).astype(np.int32)
        flat = pa.array([number for numbers in lists for number in numbers], pa.int64())
        return pa.ListArray.from_arrays(pa.array(ends), distinct.take(flat).cast(pa.string()))


class Join:
    """Pairs joined by id over languages, filled row by row; pairs stand in the order in which they first came.

    Args:
        linked: Whether a pair may be of another group in every language; groups with a common pair are then one.

    Attributes:
        groups: Group of each pair ``[pairs]``.
    """

    def __init__(self, *, linked: bool = False) -> None:
        self.groups: list[str] = []
        self._linked = linked
        self._same: list[tuple[str, str]] = []
        self._pairs: dict[str, int] = {}
        self._origins: list[str] = []
        self._texts: dict[str, _LanguageTexts] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        """Languages that entries came in, in the order in which they first came."""
        return tuple(self._texts)

    def schema(self, languages: tuple[str, ...]) -> pa.Schema:
        """Columns of the corpus in these languages; negatives and answers only in those that have any."""
        return schema(
            languages,
            tuple(language for language in languages if self._texts[language].negatives),
            tuple(language for language in languages if self._texts[language].answers),
        )

    def __contains__(self, key: str) -> bool:
        return key in self._pairs

    def ids(self, language: str | None) -> frozenset[str]:
        """Ids of the pairs that a language has so far."""
        numbers = self._texts[language].numbers if language in self._texts else {}
        return frozenset(key for key, pair in self._pairs.items() if pair in numbers)

    def in_common(self, language: str) -> int:
        """How many pairs of a language came in another one first."""
        return sum(self._origins[pair] != language for pair in self._texts[language].numbers)

    def add(self, language: str, entry: Entry, source: Source, number: int) -> None:
        """Take in what row ``number`` of a file says of a pair in one language.

        Raises:
            LangmixError: The language has this id already, or another language has it in another group.
        """
        pair = self._pairs.setdefault(entry.id, len(self.groups))
        if pair == len(self.groups):
            self.groups.append(entry.id if entry.group is None else entry.group)
            self._origins.append(language)
        texts = self._texts.setdefault(language, _LanguageTexts())
        if pair in texts.numbers:
            first = f"{source.unit} {texts.numbers[pair]}"
            raise LangmixError(f"{source.at(number)}id '{entry.id}' a second time in '{language}', first in {first}")
        if entry.group is not None and self.groups[pair] != entry.group:
            self._same.append((self.groups[pair], entry.group))
        if self._same and not self._linked:
            raise LangmixError(
                f"{source.at(number)}id '{entry.id}' is of group '{entry.group}' in '{language}', but of "
                f"'{self.groups[pair]}' in '{self._origins[pair]}'; an id needs one group in all languages"
            )
        texts.add(pair, number, entry)

    def link(self) -> None:
        """Make groups that have a pair in common one group, called by the name that sorts first."""
        smaller: dict[str, str] = {}

        def name(group: str) -> str:
            while group in smaller:
                group = smaller[group]
            return group

        for pair in self._same:
            one, other = sorted(map(name, pair))
            if one != other:
                smaller[other] = one
        self.groups = [name(group) for group in self.groups]

    def report(self, name: str) -> None:
        """Log how many texts of the corpus called ``name`` hold no letter and no digit, in one line, if any do."""
        counts = {language: texts.wordless for language, texts in self._texts.items() if texts.wordless}
        if counts:
            by_language = ", ".join(f"{count} in '{language}'" for language, count in counts.items())
            log.warning("%s: texts without a letter or a digit: %s", name, by_language)

    def batches(self, languages: tuple[str, ...], pairs: npt.NDArray[np.int64]) -> Iterator[pa.RecordBatch]:
        """The pairs with these indices ``[n]``, in this order, as record batches of the corpus's columns."""
        ids = pa.array(list(self._pairs), pa.string())
        groups = pa.array(self.groups, pa.string())
        texts = [self._texts[language].distinct() for language in languages]
        positions = [self._texts[language].positions(len(self.groups)) for language in languages]
        columns_of = self.schema(languages)
        for start in range(0, len(pairs), BATCH):
            some = pairs[start : start + BATCH]
            columns = [ids.take(pa.array(some)), groups.take(pa.array(some))]
            for distinct, sides in zip(texts, positions, strict=True):
                # A masked index is null, and a null index takes a null.
                columns += [distinct.take(pa.array(at, mask=at < 0)).cast(pa.string()) for at in sides[:, some]]
            for language, distinct in zip(languages, texts, strict=True):
                if f"negatives.{language}" in columns_of.names:
                    columns.append(self._texts[language].lists(some.tolist(), distinct))
            for language, distinct in zip(languages, texts, strict=True):
                if f"answer.{language}" in columns_of.names:
                    answers = self._texts[language].answers
                    at = pa.array([answers.get(pair) for pair in some.tolist()], pa.int64())
                    columns.append(distinct.take(at).cast(pa.string()))
            yield pa.RecordBatch.from_arrays(columns, schema=columns_of)
