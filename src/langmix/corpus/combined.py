"""Several corpora as one."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from langmix.corpus.mixing import Mixing
from langmix.corpus.parallel import ParallelCorpus
from langmix.corpus.split import Split
from langmix.errors import LangmixError
from langmix.languages import selected
from langmix.store import Store, handed


@dataclass(frozen=True)
class CombinedCorpus(ParallelCorpus):
    """The pairs of several corpora, one corpus after the other; nothing is copied.

    A pair has the languages that its own corpus has. Groups of different corpora are different groups.

    Attributes:
        name: What tables and runs call the whole.
        languages: ISO 639 codes; what a corpus has beyond them is not used.
        corpora: The corpora by the names that shares are told by.
        fingerprint: Hash of what is combined and how: it decides which pairs meet in a batch.
        mixing: How the corpora share the batches.
    """

    name: str
    languages: tuple[str, ...]
    corpora: Mapping[str, ParallelCorpus]
    fingerprint: str
    mixing: Mixing = field(default_factory=Mixing)

    def __len__(self) -> int:
        return int(self._starts[-1])

    @cached_property
    def _starts(self) -> npt.NDArray[np.int64]:
        return np.cumsum([0, *map(len, self.corpora.values())])

    @property
    def parts(self) -> dict[str, range]:
        """Rows of each corpus, by name."""
        bounds = pairwise(self._starts.tolist())
        return {part: range(start, stop) for part, (start, stop) in zip(self.corpora, bounds, strict=True)}

    @property
    def part_languages(self) -> dict[str, tuple[str, ...]]:
        """Languages of `languages` that each corpus has, by name."""
        return {name: tuple(c for c in self.languages if c in part.languages) for name, part in self.corpora.items()}

    def exists(self, side: str, language: str) -> npt.NDArray[np.bool_]:
        """Which pairs have this text: bool ``[rows]``."""
        return np.concatenate([part.exists(side, language) for part in self.corpora.values()])

    def group_names(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """Groups of the pairs ``rows [n]``, each after the name of its corpus: corpora share no group."""
        groups = np.empty(len(rows), object)
        for name, part, mine, local in self._split(rows):
            groups[mine] = [f"{name}:{group}" for group in part.group_names(local)]
        return groups.tolist()

    def ids(self, rows: npt.NDArray[np.int64]) -> list[str]:
        """Ids of the pairs ``rows [n]``, each after the name of its corpus."""
        ids = np.empty(len(rows), object)
        for name, part, mine, local in self._split(rows):
            ids[mine] = [f"{name}:{key}" for key in part.ids(local)]
        return ids.tolist()

    def texts(self, side: str, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[str]:
        """The texts of ``rows [n]``, each in its own language (``languages [n]``: index into `languages`)."""
        texts = np.empty(len(rows), object)
        for _, part, mine, local in self._split(rows):
            texts[mine] = part.texts(side, local, self._numbers_in(part)[languages[mine]])
        return texts.tolist()

    def all_texts(self, side: str, rows: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], list[str]]:
        """The texts of ``rows [n]`` in all languages of their corpora: which of the rows each is of, and the texts."""
        places, texts = [np.empty(0, np.int64)], []
        for _, part, mine, local in self._split(rows):
            of, some = part.all_texts(side, local)
            places.append(np.flatnonzero(mine)[of])
            texts += some
        return np.concatenate(places), texts

    def asking(self, questions: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """The rows of all corpora that ask one of ``questions [n]``, see `ParallelCorpus`."""
        found = [part.asking(questions) for part in self.corpora.values()]
        rows = [rows + start for (_, rows), start in zip(found, self._starts.tolist(), strict=False)]
        return np.concatenate([of for of, _ in found]), np.concatenate(rows)

    @property
    def splits(self) -> dict[str, Split]:
        """What each corpus holds out for validation, by the corpus's name."""
        return {name: split for name, part in self.corpora.items() for split in part.splits.values()}

    @property
    def has_negatives(self) -> bool:
        """Whether any pair was given negatives."""
        return any(part.has_negatives for part in self.corpora.values())

    def negatives(self, rows: npt.NDArray[np.int64], languages: npt.NDArray[np.int64]) -> list[list[str]]:
        """The negatives that each of ``rows [n]`` was given in its language (``languages [n]``), often none."""
        found = np.empty(len(rows), object)
        found[:] = [[] for _ in rows]
        for _, part, mine, local in self._split(rows):
            number = self._numbers_in(part)[languages[mine]]
            known = number >= 0
            for place, texts in zip(
                np.flatnonzero(mine)[known], part.negatives(local[known], number[known]), strict=True
            ):
                found[place] = texts
        return found.tolist()

    def answers(self, rows: npt.NDArray[np.int64], language: str) -> list[str | None]:
        """The part of the passage that answers the query, for each of ``rows [n]`` in one language."""
        found = np.empty(len(rows), object)
        for _, part, mine, local in self._split(rows):
            found[mine] = part.answers(local, language)
        return found.tolist()

    def _numbers_in(self, part: ParallelCorpus) -> npt.NDArray[np.int64]:
        """Number of each of `languages` in a corpus, -1 where it lacks the language."""
        return np.array([part.languages.index(code) if code in part.languages else -1 for code in self.languages])

    def _split(
        self, rows: npt.NDArray[np.int64]
    ) -> Iterator[tuple[str, ParallelCorpus, npt.NDArray[np.bool_], npt.NDArray[np.int64]]]:
        """For each corpus that has some of ``rows [n]``: name, corpus, which of the rows (bool ``[n]``), its rows."""
        of = np.searchsorted(self._starts, rows, side="right") - 1
        for number, (name, part) in enumerate(self.corpora.items()):
            mine = of == number
            if mine.any():
                yield name, part, mine, rows[mine] - self._starts[number]


def mix(
    name: str,
    parts: Mapping[str, Callable[..., ParallelCorpus] | None],
    languages: list[str] | None,
    mixing: Mapping[str, Any],
    split: str = "train",
    *,
    store: Store,
) -> CombinedCorpus:
    """One split of several corpora as one corpus.

    Batches of the validation split are always mixed, whatever ``mixing`` says: a small corpus need not fill one alone.

    Args:
        name: What tables and runs call the whole.
        parts: What loads the split of each corpus, by the corpus's name; None leaves the corpus out.
        languages: Languages to take, in this order; None: all, in the order in which the corpora have them.
        mixing: Values of `Mixing`.
        split: "train" or "validation".
        store: Where the corpora are kept.

    Raises:
        LangmixError: There is no part, a language asked for is in none of them, or ``mixing`` has a wrong value.
    """
    how = Mixing(**mixing)
    corpora = {part: load(split=split, **handed(load, store)) for part, load in parts.items() if load is not None}
    if not corpora:
        raise LangmixError(f"corpus '{name}': has no parts; give at least one under corpus.parts")
    have = tuple(dict.fromkeys(code for corpus in corpora.values() for code in corpus.languages))
    taken = have if languages is None else selected(languages, f"corpus '{name}': ")
    for code in taken:
        if code not in have:
            raise LangmixError(
                f"corpus '{name}': language '{code}' is asked for, but no part has it (have: {' '.join(have)})"
            )
    if split == "validation":
        how = replace(how, batches="mixed")
    key = [taken, [(part, corpus.fingerprint) for part, corpus in corpora.items()], asdict(how)]
    return CombinedCorpus(name, taken, corpora, hashlib.sha256(json.dumps(key).encode()).hexdigest(), how)
