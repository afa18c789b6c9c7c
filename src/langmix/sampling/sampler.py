"""Which pairs meet in batch number `step`: the part that all samplers share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.errors import LangmixError
from langmix.sampling.kinds import BatchKind
from langmix.sampling.plan import BatchPlan
from langmix.sampling.rows import Rows, Texts
from langmix.sampling.schedule import Schedule
from langmix.sampling.stream import Stream, places

# Separate streams of random numbers under one seed: what one draws never shifts what another draws.
_KIND_DRAWS, _LANGUAGE_DRAWS = 1, 2
_CHUNK = 4096  # steps whose kinds are drawn together
_CHUNKS_KEPT = 4


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
class _Served:
    """A kind that the corpus can serve: in which languages, and with which rows of which of its parts."""

    kind: BatchKind
    combinations: npt.NDArray[np.int64]  # language codes [combinations, 2]
    rows: dict[str, Rows]

    @property
    def size(self) -> int:
        return sum(rows.size for rows in self.rows.values())


@dataclass(frozen=True)
class _Choice:
    """What a batch can be: a kind, filled from one part of the corpus or from all that can serve it."""

    served: _Served
    alternative: Alternative
    share: float  # of the alternative's chance
    parts: dict[str, float]  # shares of the batch's pairs, by part of the corpus
    stream: Stream


class Sampler:
    """Batch plans as a pure function of (seed, step).

    A batch's kind is drawn independently per step; its rows are the next ones of a random order of all rows that the
    kind can use. Kinds that can use the same rows walk through one common order, so in a corpus where every pair
    exists in every language each pair is seen exactly once per epoch, whatever the kinds drawn (but for the last
    ``len(corpus) % batch_size`` pairs of an order, which do not fill a batch). Where pairs lack languages, the chances
    of kinds and languages are kept, and no pair repeats within its kind before the kind's rows have all been seen.

    Of a corpus made of several, a kind is shared out among those that have rows for it (`Mixing`): the kind, and with
    it the language of a monolingual batch, is drawn first, then the corpus. So a corpus that lacks a language, or has
    only one where two are needed, takes no part in those kinds, and the chances of kinds and languages hold.

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
        self.parts = corpus.parts
        self._queries, self._passages = Texts(corpus, "query"), Texts(corpus, "passage")
        self._choices = self._serve(corpus, alternatives, language_exponent)
        self._stream_of_choice = np.array([choice.stream.number for choice in self._choices])
        self._seen = [np.zeros(len(self._choices), np.int64)]  # batches per stream before each chunk of steps
        self._drawn: dict[int, npt.NDArray[np.int64]] = {}  # choices of the chunks of steps that were drawn last

    @property
    def probabilities(self) -> dict[str, float]:
        """Chance of each kind of batch at the first step, see `probabilities_at`."""
        return self.probabilities_at(0)

    def probabilities_at(self, step: int) -> dict[str, float]:
        """Chance of each kind of batch, by name; kinds that the corpus cannot serve are absent."""
        chances: dict[str, float] = {}
        for choice, chance in zip(self._choices, self._chances(np.array([step]))[0].tolist(), strict=True):
            name = choice.served.kind.name
            chances[name] = chances.get(name, 0.0) + chance
        return chances

    @property
    def servable_rows(self) -> dict[str, int]:
        """How many rows each kind can draw from."""
        return {choice.served.kind.name: choice.served.size for choice in self._choices}

    @property
    def drawable_parts(self) -> set[str]:
        """Parts of the corpus that have rows for some kind of batch; the others are never drawn from."""
        return {part for choice in self._choices for part in choice.parts}

    @property
    def steps_per_epoch(self) -> int:
        """Batches that as many pairs fill as the kind that can use most can use."""
        return max(choice.served.size for choice in self._choices) // self.batch_size

    def plan(self, step: int) -> BatchPlan:
        """The batch of training step ``step``, the same whoever asks and in whatever order."""
        chunk, offset = divmod(step, _CHUNK)
        drawn = self._choices_of_chunk(chunk)
        choice = self._choices[drawn[offset]]
        stream = choice.stream
        earlier = int((self._stream_of_choice[drawn[:offset]] == stream.number).sum())
        index = int(self._batches_before(chunk)[stream.number]) + earlier
        one_pass, position = divmod(index, stream.size // self.batch_size)
        rows = stream.rows(self.seed, one_pass, position * self.batch_size + np.arange(self.batch_size))
        codes = self._draw_combinations(step, choice.served.combinations, rows)
        return BatchPlan(step, choice.served.kind.name, self.languages, rows, codes[:, 0], codes[:, 1])

    def _serve(self, corpus: ParallelCorpus, alternatives: Sequence[Alternative], exponent: float) -> list[_Choice]:
        """Keep the kinds that the corpus has rows for and share the chances out among them and its parts."""
        choices: list[_Choice] = []
        streams: dict[tuple[object, ...], Stream] = {}
        for alternative in alternatives:
            if alternative.never:
                continue
            served = [self._usable(kind, corpus) for kind in alternative.kinds]
            served = [kind for kind in served if kind.size]
            if not served:
                raise LangmixError(self._unservable(corpus, alternative))
            sizes = np.array([kind.size for kind in served], dtype=np.float64) ** exponent
            for kind, size in zip(served, sizes / sizes.sum(), strict=True):
                for chance, shares in self._shares(kind, corpus):
                    rows = tuple(kind.rows[part] for part in shares)
                    in_pass = places([some.size for some in rows], np.array(list(shares.values())))
                    key = (*(some.digest for some in rows), in_pass)
                    stream = streams.setdefault(key, Stream(len(streams), rows, in_pass))
                    choices.append(_Choice(kind, alternative, float(size * chance), shares, stream))
        for choice in choices:
            self._check_groups(corpus, choice)
        return choices

    def _shares(self, kind: _Served, corpus: ParallelCorpus) -> list[tuple[float, dict[str, float]]]:
        """The ways to fill a batch of a kind: chance of each, and share of each part in it."""
        weights = corpus.mixing.shares([rows.size for rows in kind.rows.values()]).tolist()
        shares = dict(zip(kind.rows, weights, strict=True))
        if corpus.mixing.batches == "mixed":
            return [(1.0, shares)]
        return [(share, {part: 1.0}) for part, share in shares.items()]

    def _usable(self, kind: BatchKind, corpus: ParallelCorpus) -> _Served:
        """Language codes of the kind's combinations in the corpus, and the rows that exist in at least one of them."""
        code = {language: index for index, language in enumerate(self.languages)}
        known = [(code[q], code[p]) for q, p in kind.combinations if q in code and p in code]
        usable = np.zeros_like(self._queries.bits[0])
        for query, passage in known:
            usable |= self._queries.bits[query] & self._passages.bits[passage]
        rows = {part: Rows.of(usable, within) for part, within in corpus.parts.items()}
        combinations = np.array(known, dtype=np.int64).reshape(-1, 2)
        return _Served(kind, combinations, {part: some for part, some in rows.items() if some.size})

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
        """Refuse a batch size that leaves a batch no choice but to repeat a group or a pair."""
        seen: set[int] = set()
        for rows, count in zip(choice.stream.corpora, choice.stream.places, strict=True):
            for start in range(0, count, _CHUNK):
                if len(seen) >= self.batch_size:
                    break
                seen.update(corpus.groups[rows.at(np.arange(start, min(start + _CHUNK, count)))].tolist())
        if len(seen) < self.batch_size:
            parts, name = " ".join(choice.parts), choice.served.kind.name
            of = f"corpus '{parts}'" if len(choice.parts) == 1 else f"a mix of {parts}"
            remedies = [f"use at most {len(seen)}"] if len(seen) > 1 else []
            if len(corpus.parts) > 1:
                remedies.append("leave that corpus out")
            elif len(corpus.languages) > 1:
                remedies.append("leave that language out")
            raise LangmixError(
                f"batch_size={self.batch_size} is more than {of} can fill with distinct groups: "
                f"{name} has {choice.stream.size} pairs in {len(seen)} groups; "
                + (" or ".join(remedies) or "a batch needs at least 2 groups")
            )

    def _choices_of_chunk(self, chunk: int) -> npt.NDArray[np.int64]:
        if chunk not in self._drawn:
            if len(self._drawn) == _CHUNKS_KEPT:
                del self._drawn[next(iter(self._drawn))]
            draws = self._generator(_KIND_DRAWS, chunk).random(_CHUNK)
            bounds = np.cumsum(self._chances(chunk * _CHUNK + np.arange(_CHUNK)), axis=1)
            bounds[:, -1] = 1.0  # rounding must not leave a gap that no kind owns
            self._drawn[chunk] = (draws[:, None] >= bounds).sum(axis=1)
        return self._drawn[chunk]

    def _chances(self, steps: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
        """Chance of each choice at ``steps [n]``: ``[n, choices]``."""
        return np.stack([choice.alternative.at(steps) * choice.share for choice in self._choices], axis=1)

    def _batches_before(self, chunk: int) -> npt.NDArray[np.int64]:
        while len(self._seen) <= chunk:
            drawn = self._stream_of_choice[self._choices_of_chunk(len(self._seen) - 1)]
            self._seen.append(self._seen[-1] + np.bincount(drawn, minlength=len(self._choices)))
        return self._seen[chunk]

    def _draw_combinations(
        self, step: int, combinations: npt.NDArray[np.int64], rows: npt.NDArray[np.int64]
    ) -> npt.NDArray[np.int64]:
        """One admissible (query language, passage language) per row, equally likely: codes ``[batch, 2]``."""
        queries, passages = combinations.T
        possible = self._queries.exist(rows, queries) & self._passages.exist(rows, passages)
        which = np.floor(self._generator(_LANGUAGE_DRAWS, step).random(len(rows)) * possible.sum(axis=1))
        # The combination wanted is the first whose running count passes the number drawn.
        index: npt.NDArray[np.int64] = (np.cumsum(possible, axis=1) > which[:, None]).argmax(axis=1)
        return np.take(combinations, index, axis=0)

    def _generator(self, purpose: int, counter: int) -> np.random.Generator:
        return np.random.Generator(np.random.Philox(key=[self.seed, purpose], counter=[0, 0, 0, counter]))
