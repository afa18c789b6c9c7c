"""Identity of a configuration: equal content, equal fingerprint."""

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

from langmix.errors import LangmixError

LENGTH = 16
"""Hexadecimal digits kept: 64 bits, far beyond the number of configurations anyone will train."""


def fingerprint(mapping: Mapping[str, Any]) -> str:
    """Return the first 16 hexadecimal digits of the SHA-256 of `mapping` as canonical JSON.

    The order of keys does not count, the order of lists does; `1` and `1.0` differ.

    Raises:
        LangmixError: when a value has no JSON form (NaN and infinity included) or a key is not a string; the message
            names it.
    """
    text = json.dumps(_plain(mapping, ""), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]


def _plain(value: Any, where: str) -> Any:
    """Copy `value` into JSON's own types, refusing what `json` would silently change."""
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise LangmixError(f"fingerprint: key {key!r} under {where or 'the top'!r} is not a string")
        return {key: _plain(item, f"{where}.{key}".lstrip(".")) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{where}[{index}]") for index, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        raise LangmixError(f"fingerprint: {where} is {value}, which has no JSON form")
    if value is None or isinstance(value, str | bool | int | float):
        return value
    raise LangmixError(f"fingerprint: {where} is a {type(value).__name__}, which has no JSON form")
