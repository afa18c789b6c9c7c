"""The way from a language of a corpus to one that it lacks, perhaps through others: ``en->es->pt``."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from langmix.errors import LangmixError
from langmix.languages import language

Route = tuple[str, ...]
Hop = tuple[str, str]


def routes(target: Any, source: str | None, languages: Sequence[str]) -> list[Route]:
    """The routes that a list of targets asks for.

    Args:
        target: Languages, each a code or a route such as ``en->es->pt``, whose first language is of the corpus.
        source: What a mere code is translated from; None: the corpus's first language.
        languages: Of the corpus.

    Raises:
        LangmixError: The list is none, names a language twice or one that is not known, or begins where there is none.
    """
    if not isinstance(target, Sequence) or isinstance(target, str) or not target:
        raise LangmixError(f'target={target}: has to be a list such as [es, "en->es->pt"]')
    start = source if source is not None else languages[0]
    found = [_route(each, start, languages) for each in target]
    ends = [route[-1] for route in found]
    for code in ends:
        if ends.count(code) > 1:
            raise LangmixError(f"target={target}: names '{code}' twice")
    return found


def _route(asked: Any, start: str, languages: Sequence[str]) -> Route:
    steps = [each.strip() for each in asked.split("->")] if isinstance(asked, str) else [asked]
    route = tuple(language(code, f"target={asked}: ").code for code in ([start, *steps] if len(steps) == 1 else steps))
    if route[0] not in languages:
        raise LangmixError(
            f"target={asked}: translates from '{route[0]}', which the corpus lacks (has: {' '.join(languages)})"
        )
    for code, following in pairwise(route):
        if code == following:
            raise LangmixError(f"target={asked}: translates '{code}' to itself")
    if len(set(route)) < len(route):
        raise LangmixError(f"target={asked}: goes through a language twice")
    return route


def shown(route: Route) -> str:
    """A route as it is written."""
    return "->".join(route)
