"""What is to be translated of a corpus, by which ways, and the doing of it."""

import hashlib
import heapq
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from langmix.corpus import ParallelCorpus
from langmix.corpus.parallel import SIDES
from langmix.progress import bar, duration
from langmix.translation.memory import Memory
from langmix.translation.pieces import Block, Piece
from langmix.translation.pieces import blocks as blocks_of
from langmix.translation.routes import Hop, Route, shown
from langmix.translation.translator import Translated, Translator

log = logging.getLogger(__name__)

_TRIED = 200  # texts that a cost is estimated from


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
        self._referred: dict[Route, set[str]] = {}
        for hop in self.hops:
            translator.check(*hop, corpora)

    @property
    def hops(self) -> list[Hop]:
        """The steps of all routes, each once."""
        return list(dict.fromkeys(hop for route in self.routes for hop in pairwise(route)))

    @property
    def languages(self) -> list[str]:
        """Languages of the result: the corpus's, then the new ones."""
        return list(dict.fromkeys([*self.corpora[0].languages, *(route[-1] for route in self.routes)]))

    @contextmanager
    def memory(self, hop: Hop) -> Iterator[Memory]:
        """What has been translated in one step."""
        memory = Memory(self._folder, self.translator.identity(*hop), *hop)
        try:
            yield memory
        finally:
            memory.close()

    def translate(self) -> None:
        """Translate all that is not kept yet; killed and begun again, it goes on where it was."""
        for route in self.routes:
            for hop in pairwise(route):
                with self.memory(hop) as memory:
                    self._translate(route, hop, memory)

    def _translate(self, route: Route, hop: Hop, memory: Memory) -> None:
        # Cut before what is kept is taken out, so that a killed translation goes on with the very same parts: what is
        # translated together may be told in the last bits of a neural one.
        cut = chunks(sorted(self._needed(route, hop), key=len), self.translator.characters)
        parts = [missing for part in cut if (missing := memory.missing(part))]
        texts, total = sum(map(len, parts)), sum(len(text) for part in parts for text in part)
        name, start = shown(hop), time.monotonic()
        if not texts:
            return
        log.info("%s: translating %d texts of %d characters", name, texts, total)
        with bar(name, total, "characters") as live, ThreadPoolExecutor(self.translator.workers) as pool:
            waiting: dict[Future[list[Translated]], list[str]] = {}
            try:
                for some in parts:
                    waiting[pool.submit(self.translator.translate, some, *hop)] = some
                    while len(waiting) > 2 * self.translator.workers:
                        live.update(_keep(memory, waiting))
                while waiting:
                    live.update(_keep(memory, waiting))
            finally:
                pool.shutdown(cancel_futures=True)
        took = time.monotonic() - start
        log.info("%s: took %s, %.0f characters/s", name, duration(took), total / took)

    def _needed(self, route: Route, hop: Hop) -> list[str]:
        """The texts that a step of a route is to be given."""
        found: dict[str, None] = {}
        with ExitStack() as stack:
            before = route[: route.index(hop[0]) + 1]
            memories = [stack.enter_context(self.memory(each)) for each in pairwise(before)]
            for _, pieces in self._asked(route):
                texts = [part for mine in pieces for piece in mine for part in piece.parts if part.strip()]
                given = through(texts, memories).values()
                found |= dict.fromkeys(each.text for each in given if each.text)
        return list(found)

    def _asked(self, route: Route) -> Iterator[tuple[Block, list[list[Piece]]]]:
        """All blocks of a route's source, with what is to be translated of each row, references included."""
        references = self.referred(route)
        for block, native in self.blocks(route):
            missing = ~native
            names = block.corpus.ids(block.rows)
            missing |= np.array([name in references for name in names])[:, None]
            yield block, block.pieces(missing, self.translator.unit)

    def blocks(self, route: Route) -> Iterator[tuple[Block, npt.NDArray[np.bool_]]]:
        """All blocks of a route's source, with which texts the target has already, bool ``[n, sides]``."""
        for block in blocks_of(self.corpora, route[0]):
            yield block, np.stack([block.corpus.exists(side, route[-1])[block.rows] for side in SIDES], axis=1)

    def referred(self, route: Route) -> set[str]:
        """Ids of some pairs that have all their texts in a route's source and in its target: those of least hash."""
        if route not in self._referred:
            best: list[tuple[int, str]] = []
            for block, native in self.blocks(route):
                ids = block.corpus.ids(block.rows)
                both = [place for place in np.flatnonzero(native.all(1)).tolist() if None not in block.texts[place]]
                ranked = ((hash_of(ids[place]), ids[place]) for place in both)
                best = heapq.nsmallest(self._references, [*best, *ranked])
            self._referred[route] = {name for _, name in best}
        return self._referred[route]

    def costs(self) -> list[Cost]:
        """What is left to do, step by step, with its time measured on some of it; what was tried is kept.

        A step that several routes have is told once, with the texts of the first.
        """
        found: dict[Hop, Cost] = {}
        for route in self.routes:
            growth = 1.0  # characters of a translation per character of the text that the route began with
            for hop in pairwise(route):
                with self.memory(hop) as memory:
                    texts = memory.missing(self._needed(route, hop))
                    tried = sorted(texts, key=hash_of)[:_TRIED]
                    start = time.monotonic()
                    translated = self.translator.translate(tried, *hop) if tried else []
                    rate = sum(map(len, tried)) / (time.monotonic() - start) if tried else 0.0
                    memory.add(tried, translated)
                number, characters = len(texts), float(sum(map(len, texts)))
                if hop[0] != route[0] and tried:  # most of its texts are yet to be made
                    first = found[route[0], route[1]]
                    number, characters = first.texts, first.characters * growth
                made = sum(len(each.text or "") for each in translated)
                growth *= made / sum(map(len, tried)) if tried else 1.0
                found.setdefault(hop, Cost(hop, number, characters, rate, self.translator.workers))
        return list(found.values())


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


def through(texts: Sequence[str], memories: Sequence[Memory]) -> dict[str, Translated]:
    """What became of texts on the way through memories; those that were lost on it are not there."""
    found = {text: Translated(text, None) for text in texts}
    for memory in memories:
        known = memory.translations(each.text for each in found.values() if each.text and each.text.strip())
        found = {text: _then(each, known[each.text]) for text, each in found.items() if each.text in known}
    return found


def _then(before: Translated, after: Translated) -> Translated:
    counts = [each.unknown for each in (before, after) if each.unknown is not None]
    return Translated(after.text, max(counts, default=None))


def hash_of(text: str) -> int:
    """A number that any two texts have in the same order everywhere."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
