"""What a measure is: its name, which way it is better, how it is printed, what it needs and how it is computed."""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from langmix.direction import Direction
from langmix.errors import LangmixError

HIGHER, LOWER, NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER

_ARROWS = {HIGHER: "", LOWER: " ↓", NEITHER: ""}  # higher is what a reader expects of a figure
_DEPTH = "{k}"


class Needs(StrEnum):
    """What a measure's function is given, and what it returns."""

    LIST = "one ranked list"
    """`RelevantRanks` of many lists, to ``[lists]``; in every setting."""

    POOLED_LIST = "the pooled list"
    """The same of the lists over all languages only, NaN in other settings."""

    QUERY = "a query in the pool"
    """`Pool`, to ``[queries]``, NaN where it is not defined."""

    QUESTIONS = "all queries in one language"
    """`AskedIn`, to a function from how often each question is drawn ``[draws, questions]`` to ``[draws]``."""

    EVALUATION = "the whole evaluation"
    """`Evidence`, to one number."""


@dataclass(frozen=True)
class Measure:
    """A measure, as a column of ``per_query.parquet`` or as a figure.

    Attributes:
        name: Column or figure, with ``{k}`` where a depth belongs.
        title: As the field writes it in tables.
        direction: Which way it is better.
        needs: What the function is given.
        function: Computes it; given the depth, too, where the name has one.
        source: Where the formula comes from.
        digits: Decimals printed.
        metric: Last part of the metric's name that its mean has in ``metrics.json`` and MLflow, without ``_micro``;
            the name where it is left out.
        depths: Depths that it is taken at; none: the depth of the top.
        least: Smallest depth that it is defined at.
        deep: Whether it needs the rank of every relevant candidate, however low: a list that is cut off has none.
    """

    name: str
    title: str
    direction: Direction
    needs: Needs
    function: Callable[..., Any]
    source: str
    digits: int = 4
    metric: str = ""
    depths: tuple[int, ...] = ()
    least: int = 1
    deep: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.direction, Direction):
            raise LangmixError(
                f"measure '{self.name}': direction is {self.direction!r}: must be one of Direction's; verdicts need it"
            )
        object.__setattr__(self, "metric", self.metric or self.name)

    @property
    def heading(self) -> str:
        """The title, with an arrow where lower is better."""
        return f"{self.title}{_ARROWS[self.direction]}"

    @property
    def summary(self) -> str:
        """What it is, in a sentence: the first of its function's description."""
        function = getattr(self.function, "func", self.function)  # of a partial one
        text = " ".join((function.__doc__ or "").split("\n\n")[0].split())
        return re.sub(r"^(.*?[.;:])( .*)?$", r"\1", text).rstrip(";:.")

    def at(self, top: int) -> "list[tuple[str, tuple[int, ...]]]":
        """Names of what is computed of it, each with the further arguments of the function.

        Args:
            top: Depth of the top of the lists.
        """
        if _DEPTH not in self.name:
            return [(self.name, ())]
        return [(self.name.replace(_DEPTH, str(k)), (k,)) for k in self.depths or (top,) if k >= self.least]

    def of_depth(self, k: str) -> "Measure":
        """The measure at a depth."""
        return replace(self, **{part: getattr(self, part).replace(_DEPTH, k) for part in ("name", "title", "metric")})

    def text(self, value: float, sign: str = "") -> str:
        """A value as the field prints it: `.7981`, `227.1`; a dash where there is none.

        Args:
            value: Of the measure, or a difference of two.
            sign: "+" for one that shows its sign: `+.0043`.
        """
        return printed(value, self.digits, sign)


_ENDLESS = 1e9


def printed(value: float, digits: int, sign: str = "") -> str:
    """A number without the zero before its point.

    The interval of two seeds can have ends that no measure reaches, of thirty digits; they are as good as infinite.
    """
    if math.isnan(value):
        return "–"
    if abs(value) >= _ENDLESS:
        return "-∞" if value < 0 else "+∞" if sign else "∞"
    text = f"{value:{sign}.{digits}f}"
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text
