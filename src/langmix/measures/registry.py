"""What every measure is called, which way it is better and how it is printed."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from langmix.direction import Direction
from langmix.errors import LangmixError

HIGHER, LOWER, NEITHER = Direction.HIGHER, Direction.LOWER, Direction.NEITHER

_ARROWS = {HIGHER: "", LOWER: " ↓", NEITHER: ""}  # higher is what a reader expects of a figure
_DEPTH = re.compile(r"(?<=_at_)\d+$|(?<=^top)\d+(?=_)")


@dataclass(frozen=True)
class Measure:
    """A measure, as a column of ``per_query.parquet`` or as a figure over questions.

    Attributes:
        name: Column or figure. A depth that it is taken at is part of it.
        title: As the field writes it in tables.
        direction: Which way it is better.
        digits: Decimals printed.
        metric: Last part of the metric's name that its mean has in ``metrics.json`` and MLflow, without ``_micro``.
    """

    name: str
    title: str
    direction: Direction
    digits: int = 4
    metric: str = ""

    @property
    def heading(self) -> str:
        """The title, with an arrow where lower is better."""
        return f"{self.title}{_ARROWS[self.direction]}"

    def text(self, value: float, sign: str = "") -> str:
        """A value as the field prints it: `.7981`, `227.1`; a dash where there is none.

        Args:
            value: Of the measure, or a difference of two.
            sign: "+" for one that shows its sign: `+.0043`.
        """
        return printed(value, self.digits, sign)


def printed(value: float, digits: int, sign: str = "") -> str:
    """A number without the zero before its point."""
    if math.isnan(value):
        return "–"
    text = f"{value:{sign}.{digits}f}"
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def measure(name: str) -> Measure:
    """The measure of a column, a figure over questions or a metric, with or without ``_micro``.

    Args:
        name: Such as ``average_precision``, ``map``, ``recall_at_10``, ``top10_kl``; any depth is known.

    Raises:
        LangmixError: There is no such measure.
    """
    plain = name.removesuffix("_micro")
    depth = _DEPTH.search(plain)
    key = _DEPTH.sub("{k}", plain)
    if key not in _BY_NAME or ("{k}" in key) != bool(depth):
        raise LangmixError(f"there is no measure '{name}' (there are: {', '.join(_MEASURES)}; k is a depth)")
    found, k = _BY_NAME[key], depth[0] if depth else ""
    return replace(found, **{part: getattr(found, part).replace("{k}", k) for part in ("name", "title", "metric")})


def _measures() -> Iterator[Measure]:
    yield Measure("average_precision", "mAP", HIGHER, metric="map")
    yield Measure("reciprocal_rank", "MRR", HIGHER, metric="mrr")
    yield Measure("recall_at_{k}", "R@{k}", HIGHER)
    yield Measure("ndcg_at_{k}", "nDCG@{k}", HIGHER)
    yield Measure("success_at_{k}", "S@{k}", HIGHER)
    yield Measure("rank_distance", "rank dist.", LOWER, digits=1)
    yield Measure("rank_distance_median", "median rank dist.", LOWER, digits=1)
    yield Measure("rank_distance_share", "rank dist. / pool", LOWER)
    yield Measure("log_rank_range", "log rank range", LOWER, digits=2)
    # A preference for the query's language is wanted by some and is bias to others.
    yield Measure("same_language_first", "same lang. first", NEITHER)
    yield Measure("same_language_chance", "same lang. first by chance", NEITHER)
    yield Measure("lang_ndcg_at_{k}", "Lang-nDCG@{k}", NEITHER)
    yield Measure("first_relevant_same_language", "first: relevant, same lang.", NEITHER)
    yield Measure("first_relevant_other_language", "first: relevant, other lang.", NEITHER)
    yield Measure("first_irrelevant_same_language", "first: irrelevant, same lang.", NEITHER)
    yield Measure("first_irrelevant_other_language", "first: irrelevant, other lang.", NEITHER)
    yield Measure("top{k}_same_language", "same lang. in top {k}", NEITHER)
    yield Measure("top{k}_kl", "KL of top {k}", LOWER)
    yield Measure("single_answer_same_language", "mAP single answer, same lang.", HIGHER)
    yield Measure("single_answer_other_language", "mAP single answer, other lang.", HIGHER)
    yield Measure("single_answer_bias", "single answer bias", NEITHER)  # best at 0, on either side of which it may lie
    # By their own logic higher is fairer, but they rise as retrieval gets worse or one language crowds out the others.
    yield Measure("peer_relevant_at_{k}", "PEER relevant@{k}", NEITHER)
    yield Measure("peer_irrelevant_at_{k}", "PEER irrelevant@{k}", NEITHER)
    yield Measure("kendall_w", "Kendall's W", LOWER)
    yield Measure("kendall_w_chance", "Kendall's W by chance", NEITHER)
    yield Measure("mrc_at_{k}", "MRC@{k}", HIGHER)
    yield Measure("tied", "tied", NEITHER)


_MEASURES = {found.name: replace(found, metric=found.metric or found.name) for found in _measures()}
_BY_NAME = _MEASURES | {found.metric: found for found in _MEASURES.values()}
