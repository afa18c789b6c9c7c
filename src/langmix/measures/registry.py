"""All measures: those that the modules of `langmix.measures.formulas` define."""

import re
from collections.abc import Sequence
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from langmix.errors import LangmixError
from langmix.measures import formulas
from langmix.measures.measure import Measure, Needs

_DEPTH = re.compile(r"(?<=_at_)\d+$|(?<=^top)\d+(?=_)")


@cache
def every() -> tuple[Measure, ...]:
    """Every measure, module after module in the order of their names.

    Raises:
        LangmixError: Two measures have one name.
    """
    names = sorted(module.name for module in iter_modules(formulas.__path__))
    found = tuple(each for name in names for each in import_module(f"{formulas.__name__}.{name}").MEASURES)
    known = [name for each in found for name in {each.name, each.metric}]
    if twice := [name for name in known if known.count(name) > 1]:
        raise LangmixError(f"two measures are called '{twice[0]}'; a name stands for one")
    return found


def needing(needs: Needs, *, cut: bool = False) -> list[Measure]:
    """Measures of one kind, in order; of rankings that are cut off, those that are defined there."""
    return [each for each in every() if each.needs is needs and not (cut and each.deep)]


def columns(*kinds: Needs, top: int, cut: bool = False) -> dict[str, Measure]:
    """Names of all that is computed of measures of some kinds, and which measure each is of.

    Args:
        kinds: What the measures need.
        top: Depth of the top of the lists.
        cut: See `needing`.
    """
    return {name: each for needs in kinds for each in needing(needs, cut=cut) for name, _ in each.at(top)}


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
    found = _by_name().get(key)
    if found is None or ("{k}" in key) != bool(depth):
        raise LangmixError(f"there is no measure '{name}' (there are: {', '.join(_names())}; k is a depth)")
    return found.of_depth(depth[0]) if depth else found


@cache
def _by_name() -> dict[str, Measure]:
    return {name: each for each in every() for name in (each.name, each.metric)}


def _names() -> Sequence[str]:
    return [each.name for each in every()]
