"""What a translation has to pass, measured row by row: a row is a pair in one new language."""

import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isnan, log2
from typing import NamedTuple

import lingua
import numpy as np
import numpy.typing as npt
import regex

from langmix.languages import table
from langmix.words import words

_VERBATIM = re.compile(r"https?://\S+|www\.\S+|\{[^{}\s]*\}|%\(\w+\)\w|\d+")
_SCRIPTS = {"Japanese": ("Han", "Hiragana", "Katakana"), "Hangul": ("Hangul", "Han")}
_PHRASE = 8  # words of the longest phrase that is looked for as a loop

Values = npt.NDArray[np.float64]


class Row(NamedTuple):
    """What was translated of a pair.

    Attributes:
        sides: What its texts are: "query", "passage" or both.
        source: The texts.
        target: Their translations.
        unknown: Words that the translator did not know; None where it does not say.
    """

    sides: tuple[str, ...]
    source: tuple[str, ...]
    target: tuple[str, ...]
    unknown: int | None


@dataclass(frozen=True)
class Gate:
    """One thing that is measured, and how much of it passes.

    Attributes:
        name: Key of its threshold.
        title: What the value is.
        limit: The threshold; None: it is measured, and all pass.
        at_most: Whether values up to the threshold pass; otherwise those from it on.
        values: Values of rows, ``[rows]``; NaN where there is nothing to measure, which passes.
    """

    name: str
    title: str
    limit: float | None
    at_most: bool
    values: Callable[[Sequence[Row]], Values]

    def passes(self, values: Values) -> npt.NDArray[np.bool_]:
        """Which values pass: bool ``[rows]``."""
        if self.limit is None:
            return np.ones(len(values), np.bool_)
        inside = values <= self.limit if self.at_most else values >= self.limit
        return inside | np.isnan(values)


@dataclass
class Outcome:
    """What the gates said of a language's rows.

    Attributes:
        gates: The gates, in the order that rows come to them.
        values: What each measured, by its name.
        dropped: How many rows each was the first to hold up, by its name.
        kept: How many rows passed.
        seconds: How long each took, by its name.
    """

    gates: Sequence[Gate]
    values: dict[str, list[Values]] = field(default_factory=dict)
    dropped: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    seconds: dict[str, float] = field(default_factory=dict)

    def judge(self, rows: Sequence[Row]) -> list[str | None]:
        """Name of the first gate that holds each row up; None where it passes."""
        reasons: list[str | None] = [None] * len(rows)
        for gate in self.gates:
            start = time.perf_counter()
            values = gate.values(rows)
            self.seconds[gate.name] = self.seconds.get(gate.name, 0.0) + time.perf_counter() - start
            self.values.setdefault(gate.name, []).append(values)
            for number in np.flatnonzero(~gate.passes(values)):
                reasons[number] = reasons[number] or gate.name
        self.dropped.update(reason for reason in reasons if reason)
        self.kept += reasons.count(None)
        return reasons


def gates(
    limits: Mapping[str, float | None],
    target: str,
    languages: Sequence[str],
    usual: Mapping[str, float],
    similarity: Callable[[Sequence[Row]], Values] | None = None,
) -> list[Gate]:
    """The gates of a target.

    Args:
        limits: Threshold by name; None: measured only.
        target: Language that is translated to.
        languages: Those that it could be mistaken for.
        usual: Median of characters of a translation per character of its source, by side.
        similarity: Measures `Gate` "similarity"; None: it is not measured.
    """
    found = [
        Gate("language", "confidence that it is the target's language", None, False, _identified(target, languages)),
        Gate("script", "share of letters that are of the target's script", None, False, _scripted(target)),
        Gate("length", "doublings or halvings of the usual ratio of lengths", None, True, _stretched(usual)),
        Gate("copy", "share of the words that are the source's", None, True, _each(copied)),
        Gate("repetition", "repetitions of a phrase in a row, beyond the source's", None, True, _each(repeated)),
        Gate("unknown", "share of words that the translator did not know", None, True, _unknown),
        Gate("verbatim", "share of the source's numbers, addresses, placeholders", None, False, _each(verbatim, min)),
    ]
    if similarity is not None:
        title = "share of other translations that are more similar to the source"
        found.append(Gate("similarity", title, None, True, similarity))
    return [replace(gate, limit=limits.get(gate.name)) for gate in found]


def _each(measure: Callable[[str, str], float], worst: Callable[..., float] = max) -> Callable[[Sequence[Row]], Values]:
    """The worst that ``measure`` finds among the texts of a row."""

    def values(rows: Sequence[Row]) -> Values:
        measured = ([value for value in map(measure, row.source, row.target) if not isnan(value)] for row in rows)
        return np.array([worst(each, default=np.nan) for each in measured], np.float64)

    return values


def _identified(target: str, languages: Sequence[str]) -> Callable[[Sequence[Row]], Values]:
    known = {
        code: getattr(lingua.IsoCode639_1, code.split("-")[0].upper())
        for code in dict.fromkeys((target, *languages))
        if code.split("-")[0].upper() in dir(lingua.IsoCode639_1)
    }
    if target not in known or len(set(known.values())) < 2:  # lingua knows 75 languages
        return lambda rows: np.full(len(rows), np.nan)
    detector = lingua.LanguageDetectorBuilder.from_iso_codes_639_1(*set(known.values())).build()
    wanted = lingua.Language.from_iso_code_639_1(known[target])

    def values(rows: Sequence[Row]) -> Values:
        texts = ["\n".join(row.target) for row in rows]
        return np.array([detector.compute_language_confidence(text, wanted) for text in texts], np.float64)

    return values


def _scripted(target: str) -> Callable[[Sequence[Row]], Values]:
    script = table()[target].script
    names = _SCRIPTS.get(script, (script.rpartition(" ")[2],))  # Traditional Han is Han
    if not script:
        return lambda rows: np.full(len(rows), np.nan)
    letter = regex.compile(r"\p{L}")
    own = regex.compile("[" + "".join(rf"\p{{Script={name}}}" for name in names) + r"&&\p{L}]", regex.VERSION1)

    def values(rows: Sequence[Row]) -> Values:
        texts = [" ".join(row.target) for row in rows]
        counts = [(len(own.findall(text)), len(letter.findall(text))) for text in texts]
        return np.array([mine / letters if letters else np.nan for mine, letters in counts], np.float64)

    return values


def _stretched(usual: Mapping[str, float]) -> Callable[[Sequence[Row]], Values]:
    def values(rows: Sequence[Row]) -> Values:
        worst = [
            max(
                abs(log2(len(new) / len(old) / usual[side]))
                for side, old, new in zip(row.sides, row.source, row.target, strict=True)
            )
            for row in rows
        ]
        return np.array(worst, np.float64)

    return values


def _unknown(rows: Sequence[Row]) -> Values:
    shares = [
        np.nan if row.unknown is None else row.unknown / max(1, sum(len(text.split()) for text in row.source))
        for row in rows
    ]
    return np.array(shares, np.float64)


def copied(source: str, target: str) -> float:
    """Share of the words of a translation that its source has, numbers apart; 0 where there are none."""
    found = Counter(word for word in words(target) if not word.isdecimal())
    return (found & Counter(words(source))).total() / found.total() if found else 0.0


def repeated(source: str, target: str) -> float:
    """How often in a row a translation repeats a phrase; 0 where its source repeats one as often."""
    times = _loops(target)
    return float(times) if times > _loops(source) else 0.0


def _loops(text: str) -> int:
    """How often the phrase of up to `_PHRASE` words that is repeated most in a row is repeated, 0 for none."""
    found = words(text)
    most = 0
    for size in range(1, min(_PHRASE, len(found) // 2) + 1):
        run = 0
        for number in range(len(found) - size):
            run = run + 1 if found[number] == found[number + size] else 0
            most = max(most, run // size)
    return most


def verbatim(source: str, target: str) -> float:
    """Share of the numbers, addresses and placeholders of a source that its translation has; NaN where there are none.

    Digits are compared by their value: ``۱۹۹۰`` is 1990.
    """
    wanted, found = Counter(_VERBATIM.findall(_digits(source))), Counter(_VERBATIM.findall(_digits(target)))
    return (wanted & found).total() / wanted.total() if wanted else np.nan


def _digits(text: str) -> str:
    if text.isascii():
        return text
    return "".join(
        str(unicodedata.decimal(letter)) if letter.isdecimal() and letter > "\x7f" else letter for letter in text
    )
