"""What Hydra's grammar cannot read in an override, quoted so that it can."""

import re
import shlex
from collections.abc import Iterator

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.errors import HydraException

_NOT_IN_KEYS = " \"'"
_BRACKETS = {"{": "}", "[": "]"}


def quoted(override: str) -> str | None:
    """The override with what Hydra cannot read quoted, as one word of a shell; None where quotes do not help.

    Args:
        override: ``KEY=VALUE`` as it was given.
    """
    key, _, value = override.partition("=")
    fixed = f"{key}={_readable(value)}"
    if not _reads(fixed) or any(value.count(opening) != value.count(closing) for opening, closing in _BRACKETS.items()):
        return None
    return shlex.quote(fixed) if "'" in fixed else f"'{fixed}'"


def quote(text: str) -> str:
    """A value that Hydra reads as this very text."""
    # Backslashes stand for themselves, but for those before a quote.
    escaped = re.sub(r'(\\*)"', r"\1\1" + r"\"", text)
    return '"' + re.sub(r"(\\+)$", r"\1\1", escaped) + '"'


def _readable(value: str) -> str:
    if value and _reads(f"key={value}"):
        return value
    closing = _BRACKETS.get(value[:1])
    if closing and value.endswith(closing):
        parts = list(_parts(value[1:-1]))
        if closing == "]":
            return f"[{', '.join(map(_readable, parts))}]"
        entries = [part.partition(":") for part in parts]
        if all(colon for _, colon, _ in entries):
            return (
                "{"
                + ", ".join(f"{key.strip(_NOT_IN_KEYS)}: {_readable(below.strip())}" for key, _, below in entries)
                + "}"
            )
    return quote(value)


def _parts(text: str) -> Iterator[str]:
    """What commas part that stand in no further brackets."""
    depth = start = 0
    for place, sign in enumerate(text):
        depth += (sign in _BRACKETS) - (sign in _BRACKETS.values())
        if sign == "," and not depth:
            yield text[start:place].strip()
            start = place + 1
    if text[start:].strip():
        yield text[start:].strip()


def _reads(override: str) -> bool:
    try:
        OverridesParser.create().parse_override(override)
    except HydraException:
        return False
    return True
