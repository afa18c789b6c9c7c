"""Which pairs meet in batch number `step`: the part that all samplers share."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling.kinds import BatchKind
from langmix.sampling.permutation import Permutation
from langmix.sampling.plan import BatchPlan
from langmix.sampling.schedule import Schedule

# Separate streams of random numbers under one seed: what one draws never shifts what another draws.
_KIND_DRAWS, _LANGUAGE_DRAWS = 1, 2
_CHUNK = 4096  # steps whose kinds are drawn together


@dataclass(frozen=True)
class Alternative:
    """Kinds that share one chance of being drawn.

    Attributes:
        probability: Chance that a batch is of one of `kinds`; a schedule where it depends on the step.
        kinds: Split the chance among themselves by language size (`Sampler`'s ``language_exponent``).
    """

    probability: float | Schedule
    kinds: Sequence[BatchKind]

    def at(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """The chance at ``steps [n]``, ``[n]``."""
        if isinstance(self.probability, Schedule):
            return self.probability(steps)
        return np.full(len(steps), self.probability)

    @property
    def never(self) -> bool:
        """Whether the chance is always 0."""
        constant = self.probability
        return max(constant.start, constant.end) == 0 if isinstance(constant, Schedule) else constant == 0


@dataclass(frozen=True)
class _Stream:
    """Rows that are walked through together, pass after pass, each pass in a new random order."""

    number: int
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True)
class _Choice:
    """A kind that the corpus can serve."""

    kind: BatchKind
    alternative: Alternative
    share: float  # of the alternative's chance
    combinations: npt.NDArray[np.int64]  # language codes [combinations, 2]
    stream: _Stream


class Sampler:
    """Batch plans as a pure function of (seed, step).

    A batch's kind is drawn independently per step; its rows are the next ones of a random order of all rows that the
    kind can use. Kinds that can use the same rows walk through one common order, so in a corpus where every pair
    exists in every language each pair is seen exactly once per epoch, whatever the kinds drawn (but for the last
    ``len(corpus) % batch_size`` pairs of an order, which do not fill a batch). Where pairs lack languages, the chances
    of kinds and languages are kept, and no pair repeats within its kind before the kind's rows have all been seen.

    Args:
        name: What runs and tables call the sampler.
        corpus: Pairs to draw from.
        batch_size: Pairs per batch.
        seed: Selects all random choices.
        alternatives: What a batch can be; probabilities sum to 1 at every step.
        language_exponent: Inside an alternative, a kind's chance is proportional to (its number of pairs) to this
            power: 0 makes languages equally likely, 1 follows their sizes, 0.3 is XLM-R's compromise (Conneau et
            al. 2020, section 3.1, arXiv 1911.02116).

    Raises:
        LangmixError: The corpus cannot fill such batches.
    """

    def __init__(
        self,
        name: str,
        corpus: ParallelCorpus,
        batch_size: int,
        seed: int,
        alternatives: Sequence[Alternative],
        language_exponent: float,
    ) -> None:
        if batch_size < 2:
            raise LangmixError(f"batch_size={batch_size}: in-batch negatives need at least 2 pairs")
        self.name = name
        self.batch_size = batch_size
        self.seed = seed
        self.languages = corpus.languages
        self._queries, self._passages = corpus.has("query"), corpus.has("passage")
        self._choices = self._serve(corpus, alternatives, language_exponent)
        self._streams = {choice.stream.number: choice.stream for choice in self._choices}
        self._stream_of_kind = np.array([choice.stream.number for choice in self._choices])
        self._seen = [np.zeros(len(self._streams), np.int64)]  # batches per stream before each chunk of steps
        self._kinds_of_chunk = lru_cache(maxsize=4)(self._draw_kinds)

    @property
    def probabilities(self) -> dict[str, float]:
        """Chance of each kind of batch at the first step, see `probabilities_at`."""
        return self.probabilities_at(0)

    def probabilities_at(self, step: int) -> dict[str, float]:
        """Chance of each kind of batch, by name; kinds that the corpus cannot serve are absent."""
        chances = self._chances(np.array([step]))[0].tolist()
        return {choice.kind.name: chance for choice, chance in zip(self._choices, chances, strict=True)}

    @property
    def servable_rows(self) -> dict[str, int]:
        """How many rows each kind can draw from."""
        return {choice.kind.name: len(choice.stream.rows) for choice in self._choices}

    @property
    def steps_per_epoch(self) -> int:
        """Batches in one pass over the largest set of rows that some kind can use."""
        return max(len(stream.rows) for stream in self._streams.values()) // self.batch_size

    def plan(self, step: int) -> BatchPlan:
        """The batch of training step ``step``, the same whoever asks and in whatever order."""
        chunk, offset = divmod(step, _CHUNK)
        kinds = self._kinds_of_chunk(chunk)
        choice = self._choices[kinds[offset]]
        stream = choice.stream
        earlier = int((self._stream_of_kind[kinds[:offset]] == stream.number).sum())
        index = int(self._batches_before(chunk)[stream.number]) + earlier
        one_pass, position = divmod(index, len(stream.rows) // self.batch_size)
        positions = position * self.batch_size + np.arange(self.batch_size)
        order = Permutation(len(stream.rows), (self.seed, stream.number, one_pass))
        rows = stream.rows[order(positions)]
        drawn = self._draw_combinations(step, choice, rows)
        return BatchPlan(step, choice.kind.name, self.languages, rows, drawn[:, 0], drawn[:, 1])

    def _serve(self, corpus: ParallelCorpus, alternatives: Sequence[Alternative], exponent: float) -> list[_Choice]:
        """Keep the kinds that the corpus has rows for and share the chances out among them."""
        choices: list[_Choice] = []
        streams: dict[bytes, _Stream] = {}
        for alternative in alternatives:
            if alternative.never:
                continue
            served = [(kind, *self._usable(kind)) for kind in alternative.kinds]
            served = [entry for entry in served if len(entry[2])]
            if not served:
                raise LangmixError(self._unservable(corpus, alternative))
            sizes = np.array([len(rows) for _, _, rows in served], dtype=np.float64) ** exponent
            for (kind, codes, rows), size in zip(served, sizes / sizes.sum(), strict=True):
                stream = streams.setdefault(sha256(rows.data).digest(), _Stream(len(streams), rows))
                choices.append(_Choice(kind, alternative, float(size), codes, stream))
        for choice in choices:
            self._check_groups(corpus, choice)
        return choices

    def _usable(self, kind: BatchKind) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Language codes of the kind's combinations in the corpus, and the rows that exist in at least one of them."""
        code = {language: index for index, language in enumerate(self.languages)}
        known = [(code[q], code[p]) for q, p in kind.combinations if q in code and p in code]
        usable = np.zeros(len(self._queries), dtype=bool)
        for query, passage in known:
            usable |= self._queries[:, query] & self._passages[:, passage]
        return np.array(known, dtype=np.int64).reshape(-1, 2), np.flatnonzero(usable)

    def _unservable(self, corpus: ParallelCorpus, alternative: Alternative) -> str:
        names = " or ".join(kind.name for kind in alternative.kinds[:3]) or "any batch"
        if len(corpus.languages) < 2 and not any(q == p for kind in alternative.kinds for q, p in kind.combinations):
            have = " ".join(corpus.languages)
            return (
                f"sampler={self.name} pairs different languages, but corpus '{corpus.name}' has one language: {have}; "
                "give it at least two or use sampler=x_x_mono"
            )
        return f"sampler={self.name}: no pair of corpus '{corpus.name}' has the texts for {names}"

    def _check_groups(self, corpus: ParallelCorpus, choice: _Choice) -> None:
        groups = len(np.unique(corpus.groups[choice.stream.rows]))
        if groups < self.batch_size:
            raise LangmixError(
                f"batch_size={self.batch_size} is more than corpus '{corpus.name}' can fill with distinct groups: "
                f"{choice.kind.name} has {len(choice.stream.rows)} pairs in {groups} groups; "
                f"use at most {groups} or leave that language out"
            )

    def _draw_kinds(self, chunk: int) -> npt.NDArray[np.int64]:
        draws = self._generator(_KIND_DRAWS, chunk).random(_CHUNK)
        bounds = np.cumsum(self._chances(chunk * _CHUNK + np.arange(_CHUNK)), axis=1)
        bounds[:, -1] = 1.0  # rounding must not leave a gap that no kind owns
        kinds: npt.NDArray[np.int64] = (draws[:, None] >= bounds).sum(axis=1)
        return kinds

    def _chances(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Chance of each choice at ``steps [n]``: ``[n, choices]``."""
        return np.stack([choice.alternative.at(steps) * choice.share for choice in self._choices], axis=1)

    def _batches_before(self, chunk: int) -> npt.NDArray[np.int64]:
        while len(self._seen) <= chunk:
            drawn = self._stream_of_kind[self._kinds_of_chunk(len(self._seen) - 1)]
            self._seen.append(self._seen[-1] + np.bincount(drawn, minlength=len(self._streams)))
        return self._seen[chunk]

    def _draw_combinations(self, step: int, choice: _Choice, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        """One admissible (query language, passage language) per row, equally likely: codes ``[batch, 2]``."""
        queries, passages = choice.combinations.T
        possible = self._queries[rows][:, queries] & self._passages[rows][:, passages]
        which = np.floor(self._generator(_LANGUAGE_DRAWS, step).random(len(rows)) * possible.sum(axis=1))
        # The combination wanted is the first whose running count passes the number drawn.
        index: npt.NDArray[np.int64] = (np.cumsum(possible, axis=1) > which[:, None]).argmax(axis=1)
        return np.take(choice.combinations, index, axis=0)

    def _generator(self, purpose: int, counter: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed, purpose], counter=[0, 0, 0, counter]))
