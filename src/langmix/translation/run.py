"""A corpus in, the same corpus with further languages out."""

import gzip
import hashlib
import heapq
import io
import json
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple, TextIO

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.corpus.parallel import SIDES
from langmix.progress import bar, duration
from langmix.translation.answers import found_again
from langmix.translation.gates import Outcome, Row, Values, gates
from langmix.translation.memory import Memory
from langmix.translation.pieces import Block, Piece, blocks
from langmix.translation.routes import Hop, Route, shown
from langmix.translation.scores import Score, score
from langmix.translation.sentences import joined
from langmix.translation.translator import Translated, Translator

log = logging.getLogger(__name__)

SAMPLES = 25  # of what is kept, per language
_DROPPED_SAMPLES = 3  # per gate
_TRIED = 200  # texts that a cost is estimated from
UNTRANSLATED, ANSWER = "untranslated", "answer"
"""What holds rows up before any gate: a text without a translation, an answer that is not found in its passage."""


class New(NamedTuple):
    """What was translated of a pair to one language.

    Attributes:
        place: Its row in the block.
        row: The texts, as the gates see them.
        answer: The part of the translated passage that answers, where one is told.
        fault: Name of what holds it up before any gate, if anything does.
    """

    place: int
    row: Row
    answer: str | None
    fault: str | None


class Sample(NamedTuple):
    """A row to be read by somebody.

    Attributes:
        id: Id of the pair.
        reason: The gate that holds it up; None: it is kept.
        row: What was translated.
    """

    id: str
    reason: str | None
    row: Row


@dataclass
class Result:
    """What became of one target.

    Attributes:
        route: How it was reached.
        outcome: What the gates said.
        faults: Rows that no gate saw, by what was wrong with them.
        given: Pairs that had all their texts in the language already.
        scores: Of the translations of such pairs against them.
        samples: Rows to be read.
    """

    route: Route
    outcome: Outcome
    faults: Counter[str] = field(default_factory=Counter)
    given: int = 0
    scores: list[Score] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)

    @property
    def translated(self) -> int:
        """Rows that were to be translated."""
        return self.outcome.kept + self.outcome.dropped.total() + self.faults.total()


class Cost(NamedTuple):
    """What one step of a route is estimated to take.

    Attributes:
        hop: Source and target.
        texts: Distinct texts that are to be translated.
        characters: Of them.
        rate: Characters per second, measured on some of them with one worker.
        workers: How many there are.
    """

    hop: Hop
    texts: int
    characters: float
    rate: float
    workers: int

    @property
    def seconds(self) -> float:
        """How long it takes if every worker is as fast as one."""
        return self.characters / self.rate / self.workers if self.rate else 0.0


class Translation:
    """Some corpora that are to be translated.

    Args:
        corpora: Splits of one corpus.
        routes: The routes to its new languages.
        translator: By what.
        folder: Where translations are kept.
        references: Pairs at most that translations are scored by, per target.
    """

    def __init__(
        self,
        corpora: Sequence[ParallelCorpus],
        routes: Sequence[Route],
        translator: Translator,
        folder: Path,
        references: int,
    ) -> None:
        self.corpora = corpora
        self.routes = routes
        self.translator = translator
        self._folder = folder
        self._references = references
        for hop in self.hops:
            translator.check(*hop, corpora)

    @property
    def hops(self) -> list[Hop]:
        """The steps of all routes, each once, and none before those that it needs."""
        steps = [(place, hop) for route in self.routes for place, hop in enumerate(pairwise(route))]
        return list(dict.fromkeys(hop for _, hop in sorted(steps, key=lambda step: step[0])))

    @property
    def languages(self) -> list[str]:
        """Languages of the result: the corpus's, then the new ones."""
        return list(dict.fromkeys([*self.corpora[0].languages, *(route[-1] for route in self.routes)]))

    @contextmanager
    def _memory(self, hop: Hop) -> Iterator[Memory]:
        memory = Memory(self._folder, self.translator.identity(*hop), *hop)
        try:
            yield memory
        finally:
            memory.close()

    def translate(self) -> None:
        """Translate all that is not kept yet; killed and begun again, it goes on where it was."""
        for hop in self.hops:
            with self._memory(hop) as memory:
                self._translate(hop, memory)

    def _translate(self, hop: Hop, memory: Memory) -> None:
        texts = sorted(self._missing(hop, memory), key=len)
        total = sum(map(len, texts))
        name, start = shown(hop), time.monotonic()
        if not texts:
            log.info("%s: all is translated already", name)
            return
        log.info("%s: translating %d texts of %d characters", name, len(texts), total)
        with bar(name, total, "characters") as live, ThreadPoolExecutor(self.translator.workers) as pool:
            waiting: dict[Future[list[Translated]], list[str]] = {}
            try:
                for some in chunks(texts, self.translator.characters):
                    waiting[pool.submit(self.translator.translate, some, *hop)] = some
                    while len(waiting) > 2 * self.translator.workers:
                        live.update(_keep(memory, waiting))
                while waiting:
                    live.update(_keep(memory, waiting))
            finally:
                pool.shutdown(cancel_futures=True)
        took = time.monotonic() - start
        log.info("%s: took %s, %.0f characters/s", name, duration(took), total / took)

    def _missing(self, hop: Hop, memory: Memory) -> list[str]:
        """The texts that a hop is to be given and was not given before."""
        found: dict[str, None] = {}
        for route in self.routes:
            if hop in pairwise(route):
                before = route[: route.index(hop[0]) + 1]
                with ExitStack() as stack:
                    memories = [stack.enter_context(self._memory(each)) for each in pairwise(before)]
                    for _, pieces in self._asked(route):
                        texts = [part for mine in pieces for piece in mine for part in piece.parts if part.strip()]
                        through = _through(texts, memories).values()
                        found |= dict.fromkeys(memory.missing([each.text for each in through if each.text]))
        return list(found)

    def _asked(self, route: Route) -> Iterator[tuple[Block, list[list[Piece]]]]:
        """All blocks of a route's source, with what is to be translated of each row, references included."""
        references = self._referred(route)
        for block, native in self._blocks(route):
            missing = ~native
            names = block.corpus.ids(block.rows)
            missing |= np.array([name in references for name in names])[:, None]
            yield block, block.pieces(missing, self.translator.unit)

    def _blocks(self, route: Route) -> Iterator[tuple[Block, npt.NDArray[np.bool_]]]:
        """All blocks of a route's source, with which texts the target has already, bool ``[n, sides]``."""
        for block in blocks(self.corpora, route[0]):
            yield block, np.stack([block.corpus.exists(side, route[-1])[block.rows] for side in SIDES], axis=1)

    def _referred(self, route: Route) -> set[str]:
        """Ids of some pairs that have all their texts in a route's source and in its target: those of least hash."""
        best: list[tuple[int, str]] = []
        for block, native in self._blocks(route):
            ids = block.corpus.ids(block.rows)
            both = [place for place in np.flatnonzero(native.all(1)).tolist() if None not in block.texts[place]]
            best = heapq.nsmallest(self._references, [*best, *((_hash(ids[place]), ids[place]) for place in both)])
        return {name for _, name in best}

    def _new(self, route: Route, memories: Sequence[Memory]) -> Iterator[tuple[Block, list[New]]]:
        """What was translated, block by block."""
        for block, native in self._blocks(route):
            pieces = block.pieces(~native, self.translator.unit)
            known = _through([part for mine in pieces for piece in mine for part in piece.parts], memories)
            yield block, [_new(place, mine, known, route[-1]) for place, mine in enumerate(pieces) if mine]

    def write(
        self,
        folder: Path,
        limits: Mapping[str, float | None],
        similarity: Callable[[Sequence[Row]], Values] | None = None,
    ) -> list[Result]:
        """Write the corpus with its new languages, one file per language, and what was held up.

        Args:
            folder: Where to.
            limits: Thresholds of the gates by name, see `gates`.
            similarity: See `gates`.
        """
        results = []
        with _written(folder / "dropped.jsonl.gz") as dropped:
            for code in self.languages:
                route = next((each for each in self.routes if each[-1] == code), None)
                with _written(folder / f"{code}.jsonl.gz") as file:
                    if route is None:
                        for block in blocks(self.corpora, code):
                            _write(file, block, {}, code)
                    else:
                        results.append(self._write_target(route, limits, similarity, file, dropped))
        return results

    def _write_target(
        self,
        route: Route,
        limits: Mapping[str, float | None],
        similarity: Callable[[Sequence[Row]], Values] | None,
        file: TextIO,
        dropped: TextIO,
    ) -> Result:
        with ExitStack() as stack:
            memories = [stack.enter_context(self._memory(hop)) for hop in pairwise(route)]
            usual = self._usual(route, memories)
            found = gates(limits, route[-1], self.languages, usual, similarity)
            result = Result(route, Outcome(found))
            natives = blocks(self.corpora, route[-1])
            for (block, new), native in zip(self._new(route, memories), natives, strict=True):
                ids = block.corpus.ids(block.rows)
                seen = [each for each in new if not each.fault]
                reasons = iter(result.outcome.judge([each.row for each in seen]))
                told = [each.fault or next(reasons) for each in new]
                result.faults.update(each.fault for each in new if each.fault)
                result.given += sum(None not in texts for texts in native.texts)
                for each, reason in zip(new, told, strict=True):
                    if reason:
                        _write_dropped(dropped, ids[each.place], route, reason, each)
                _write(file, native, {e.place: e for e, why in zip(new, told, strict=True) if not why}, route[-1])
                _sample(result.samples, [Sample(ids[e.place], why, e.row) for e, why in zip(new, told, strict=True)])
            result.scores = self._scores(route, memories)
        return result

    def _usual(self, route: Route, memories: Sequence[Memory]) -> dict[str, float]:
        """Median of characters of a translation per character of its source, by side."""
        ratios: dict[str, list[float]] = {side: [] for side in SIDES}
        for _, new in self._new(route, memories):
            for each in new:
                if not each.fault:
                    for side, old, text in zip(*each.row[:3], strict=True):
                        ratios[side].append(len(text) / len(old))
        return {side: float(np.median(each)) for side, each in ratios.items() if each}

    def _scores(self, route: Route, memories: Sequence[Memory]) -> list[Score]:
        """Translations of pairs that the target has against what it has."""
        references = self._referred(route)
        found: dict[str, tuple[list[str], list[str]]] = {side: ([], []) for side in SIDES}
        for (block, _), native in zip(self._blocks(route), blocks(self.corpora, route[-1]), strict=True):
            ids = block.corpus.ids(block.rows)
            wanted = np.array([name in references for name in ids])
            pieces = block.pieces(np.stack([wanted, wanted], axis=1), self.translator.unit)
            known = _through([part for mine in pieces for piece in mine for part in piece.parts], memories)
            for texts, mine in zip(native.texts, pieces, strict=True):
                new = _new(0, mine, known, route[-1]) if mine else None
                if new and new.fault != UNTRANSLATED:
                    for side, text in zip(new.row.sides, new.row.target, strict=True):
                        found[side][0].append(text)
                        found[side][1].append(str(texts[SIDES.index(side)]))
        return [score(side, *both, route[-1]) for side, both in found.items() if both[0]]

    def costs(self) -> list[Cost]:
        """What is left to do, step by step, with its time measured on some of it; what was tried is kept."""
        found = []
        growth: dict[Hop, tuple[int, int, float]] = {}
        for hop in self.hops:
            with self._memory(hop) as memory:
                texts = self._missing(hop, memory)
                tried = sorted(texts, key=_hash)[:_TRIED]
                start = time.monotonic()
                translated = self.translator.translate(tried, *hop) if tried else []
                took = time.monotonic() - start
                memory.add(tried, translated)
            characters, of_tried = sum(map(len, texts)), sum(map(len, tried))
            number = len(texts)
            for before, (all_before, left, ratio) in growth.items():
                if before[1] == hop[0] and of_tried:  # most of its texts are yet to be made
                    number, characters = all_before, round(left * ratio)
            made = sum(len(each.text or "") for each in translated)
            growth[hop] = (number, characters, made / of_tried if of_tried else 1.0)
            rate = of_tried / took if tried else 0.0
            found.append(Cost(hop, number, characters, rate, self.translator.workers))
        return found


def chunks(texts: Sequence[str], characters: int) -> Iterator[list[str]]:
    """Texts in their order, together as long as they have no more characters; a longer text is alone."""
    some: list[str] = []
    size = 0
    for text in texts:
        if some and size + len(text) > characters:
            yield some
            some, size = [], 0
        some.append(text)
        size += len(text)
    if some:
        yield some


def _keep(memory: Memory, waiting: "dict[Future[list[Translated]], list[str]]") -> int:
    """Keep what has been translated by now, and say how many characters that were."""
    done, _ = wait(waiting, return_when=FIRST_COMPLETED)
    characters = 0
    for each in sorted(done, key=lambda future: future.exception() is not None):  # what failed is raised last
        texts = waiting.pop(each)
        memory.add(texts, each.result())
        characters += sum(map(len, texts))
    return characters


def _through(texts: Sequence[str], memories: Sequence[Memory]) -> dict[str, Translated]:
    """What became of texts on the way through memories; those that were lost on it are not there."""
    found = {text: Translated(text, None) for text in texts}
    for memory in memories:
        known = memory.translations(each.text for each in found.values() if each.text and each.text.strip())
        found = {text: _then(each, known[each.text]) for text, each in found.items() if each.text in known}
    return found


def _then(before: Translated, after: Translated) -> Translated:
    counts = [each.unknown for each in (before, after) if each.unknown is not None]
    return Translated(after.text, max(counts, default=None))


def _new(place: int, mine: Sequence[Piece], known: Mapping[str, Translated], target: str) -> New:
    texts, counts, answer, fault = [], [], None, None
    for piece in mine:
        parts = [known.get(part, Translated("" if not part.strip() else None)) for part in piece.parts]
        counts += [each.unknown for each in parts if each.unknown is not None]
        if any(each.text is None for each in parts):
            texts.append("")
            fault = UNTRANSLATED
            continue
        translated = [each.text or "" for each in parts]
        texts.append(joined(piece.parts, translated, target))
        if piece.answer is not None and not fault:
            answer = _answer(piece, translated, texts[-1], target)
            fault = None if answer else ANSWER
    sides, originals = (tuple(each) for each in zip(*((piece.side, piece.text) for piece in mine), strict=True))
    row = Row(sides, originals, tuple(texts), sum(counts) if counts else None)
    return New(place, row, answer, fault)


def _answer(piece: Piece, translated: list[str], text: str, target: str) -> str | None:
    """The part of a translated passage that answers."""
    if not piece.answer:
        return None
    if len(piece.parts) < len(piece.sentences):
        return found_again(piece.sentences, piece.answer, text, target)
    some = slice(min(piece.answer), max(piece.answer) + 1)
    return joined(piece.parts[some], translated[some], target) or None


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())


@contextmanager
def _written(path: Path) -> Iterator[TextIO]:
    """A file of lines, compressed; equal lines make equal bytes."""
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed,
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
    ):
        yield file


def _write(file: TextIO, block: Block, new: Mapping[int, New], code: str) -> None:
    ids, groups = block.corpus.ids(block.rows), block.corpus.group_names(block.rows)
    answers = block.corpus.answers(block.rows, code)
    for place, texts in enumerate(block.texts):
        made = new.get(place)
        values = {side: text for side, text in zip(SIDES, texts, strict=True) if text is not None}
        answer = answers[place]
        if made:
            values |= dict(zip(made.row.sides, made.row.target, strict=True))
            answer = made.answer or answer
        if values:
            told = {"answer": answer} if answer else {}
            _line(file, {"id": ids[place], "group": groups[place], **values, **told})


def _write_dropped(file: TextIO, name: str, route: Route, reason: str, new: New) -> None:
    texts = dict(zip(new.row.sides, new.row.target, strict=True))
    _line(file, {"id": name, "route": shown(route), "reason": reason, **texts})


def _line(file: TextIO, values: Mapping[str, object]) -> None:
    file.write(json.dumps(values, ensure_ascii=False) + "\n")


def _sample(samples: list[Sample], more: Sequence[Sample]) -> None:
    """Keep those samples that come first when ids are ordered by a hash: `SAMPLES` kept rows, fewer of each reason."""
    by_reason: dict[str | None, list[Sample]] = {}
    for each in (*samples, *more):
        by_reason.setdefault(each.reason, []).append(each)
    samples[:] = [
        each
        for reason, some in by_reason.items()
        for each in heapq.nsmallest(SAMPLES if reason is None else _DROPPED_SAMPLES, some, key=lambda s: _hash(s.id))
    ]
