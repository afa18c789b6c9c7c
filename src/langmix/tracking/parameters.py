"""A nested configuration as flat MLflow parameters."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from langmix.errors import LangmixError

LONGEST_KEY = 250
LONGEST_VALUE = 6000
ALLOWED_KEY = re.compile(r"[\w\-. :/]+")


def flatten(config: Mapping[str, Any]) -> dict[str, str]:
    """Return `config` with dotted keys and text values.

    Strings stay as they are, everything else that is not a mapping becomes JSON: `sampler.alpha` -> `0.5`. The function
    that a group names becomes the group's own value, by its last name: `sampler._target_` -> `sampler`. A value
    longer than MLflow keeps is cut and ends in a digest of the whole, so different long values stay different.

    Args:
        config: a resolved configuration of mappings, lists and scalars.

    Raises:
        LangmixError: when MLflow cannot take a key, or two keys are the same once flat.
    """
    flat: dict[str, str] = {}
    for key, value in _leaves(config, ""):
        if not ALLOWED_KEY.fullmatch(key) or len(key) > LONGEST_KEY:
            raise LangmixError(
                f"config key {key!r}: MLflow takes up to {LONGEST_KEY} letters, digits, spaces and any of _ - . : /"
            )
        if key in flat:
            raise LangmixError(f"config key {key!r}: occurs twice, once with a dot in its name")
        flat[key] = shorten(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str))
    return flat


def shorten(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return `text`, or its beginning and a digest of all of it when it is longer than `longest` characters."""
    if len(text) <= longest:
        return text
    ending = f"… [{len(text)} characters, sha256 {hashlib.sha256(text.encode()).hexdigest()[:16]}]"
    return text[: longest - len(ending)] + ending


def _leaves(config: Mapping[str, Any], prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping) and value:
            yield from _leaves(value, f"{key}.")
        elif name == "_target_" and prefix:
            yield prefix.removesuffix("."), value.rsplit(".", 1)[-1]
        else:
            yield key, value
