"""The corpus with its new languages, as files."""

import gzip
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import numpy as np

from langmix.corpus.parallel import SIDES
from langmix.translation.answers import found_again
from langmix.translation.gates import Outcome, Row, gates
from langmix.translation.memory import Memory
from langmix.translation.pieces import Block, Piece, blocks
from langmix.translation.result import ANSWER, UNTRANSLATED, New, Result, Sample, sample
from langmix.translation.routes import Route, shown
from langmix.translation.run import Translation, through
from langmix.translation.scores import Score, score
from langmix.translation.sentences import joined
from langmix.translation.translator import Translated

if TYPE_CHECKING:
    from langmix.translation.similarity import Similarity


def write(
    translation: Translation,
    folder: Path,
    limits: Mapping[str, float | None],
    similarity: "Similarity | None" = None,
) -> list[Result]:
    """Write the corpus with its new languages, one file per language, and what was held up.

    Args:
        translation: What was translated.
        folder: Where to.
        limits: Thresholds of the gates by name, see `gates`.
        similarity: Measures gate "similarity", and finds answers that nothing else finds; None: neither is done.
    """
    results = []
    with _written(folder / "dropped.jsonl.gz") as dropped:
        for code in translation.languages:
            route = next((each for each in translation.routes if each[-1] == code), None)
            with _written(folder / f"{code}.jsonl.gz") as file:
                if route is None:
                    for block in blocks(translation.corpora, code):
                        _write(file, block, {}, code)
                else:
                    results.append(_write_target(translation, route, limits, similarity, file, dropped))
    return results


def _write_target(
    translation: Translation,
    route: Route,
    limits: Mapping[str, float | None],
    similarity: "Similarity | None",
    file: TextIO,
    dropped: TextIO,
) -> Result:
    with ExitStack() as stack:
        memories = [stack.enter_context(translation.memory(hop)) for hop in pairwise(route)]
        usual = _usual(translation, route, memories)
        found = gates(limits, route[-1], translation.languages, usual, similarity)
        result = Result(route, Outcome(found))
        natives = blocks(translation.corpora, route[-1])
        for (block, new), native in zip(_new_rows(translation, route, memories, similarity), natives, strict=True):
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
            sample(result.samples, [Sample(ids[e.place], why, e.row) for e, why in zip(new, told, strict=True)])
        result.scores = _scores(translation, route, memories)
    return result


def _new_rows(
    translation: Translation, route: Route, memories: Sequence[Memory], similarity: "Similarity | None"
) -> Iterator[tuple[Block, list[New]]]:
    """What was translated, block by block."""
    for block, native in translation.blocks(route):
        pieces = block.pieces(~native, translation.translator.unit)
        known = through([part for mine in pieces for piece in mine for part in piece.parts], memories)
        yield (
            block,
            [_new(place, mine, known, route[-1], similarity) for place, mine in enumerate(pieces) if mine],
        )


def _usual(translation: Translation, route: Route, memories: Sequence[Memory]) -> dict[str, float]:
    """Median of characters of a translation per character of its source, by side."""
    ratios: dict[str, list[float]] = {side: [] for side in SIDES}
    for _, new in _new_rows(translation, route, memories, None):
        for each in new:
            if not each.fault:
                for side, old, text in zip(*each.row[:3], strict=True):
                    ratios[side].append(len(text) / len(old))
    return {side: float(np.median(each)) for side, each in ratios.items() if each}


def _scores(translation: Translation, route: Route, memories: Sequence[Memory]) -> list[Score]:
    """Translations of pairs that the target has against what it has."""
    references = translation.referred(route)
    found: dict[str, tuple[list[str], list[str]]] = {side: ([], []) for side in SIDES}
    for (block, _), native in zip(translation.blocks(route), blocks(translation.corpora, route[-1]), strict=True):
        ids = block.corpus.ids(block.rows)
        wanted = np.array([name in references for name in ids])
        pieces = block.pieces(np.stack([wanted, wanted], axis=1), translation.translator.unit)
        known = through([part for mine in pieces for piece in mine for part in piece.parts], memories)
        for texts, mine in zip(native.texts, pieces, strict=True):
            new = _new(0, mine, known, route[-1]) if mine else None
            if new and new.fault != UNTRANSLATED:
                for side, text in zip(new.row.sides, new.row.target, strict=True):
                    found[side][0].append(text)
                    found[side][1].append(str(texts[SIDES.index(side)]))
    return [score(side, *both, route[-1]) for side, both in found.items() if both[0]]


def _new(
    place: int,
    mine: Sequence[Piece],
    known: Mapping[str, Translated],
    target: str,
    similarity: "Similarity | None" = None,
) -> New:
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
            answer = _answer(piece, translated, texts[-1], target, similarity)
            fault = None if answer else ANSWER
    sides, originals = (tuple(each) for each in zip(*((piece.side, piece.text) for piece in mine), strict=True))
    row = Row(sides, originals, tuple(texts), sum(counts) if counts else None)
    return New(place, row, answer, fault)


def _answer(piece: Piece, translated: list[str], text: str, target: str, similarity: "Similarity | None") -> str | None:
    """The part of a translated passage that answers."""
    if not piece.answer:
        return None
    if len(piece.parts) < len(piece.sentences):
        nearest = similarity.nearest if similarity else None
        return found_again(piece.sentences, piece.answer, text, target, nearest)
    some = slice(min(piece.answer), max(piece.answer) + 1)
    return joined(piece.parts[some], translated[some], target) or None


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
