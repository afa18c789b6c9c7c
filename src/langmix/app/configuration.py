"""Finding the configuration, and saying in one line what is wrong with an override."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from langmix.errors import LangmixError

_NO_KEYS = {"hydra", "experiment"}  # folders whose files set keys of other groups


def folder() -> Path:
    """The folder of configuration groups: inside the installed package, or ``conf/`` of a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "conf"
    return packaged if packaged.is_dir() else package.parents[1] / "conf"


def composed(overrides: Sequence[str]) -> DictConfig:
    """The configuration with these overrides, outside a Hydra job.

    Raises:
        LangmixError: An override is wrong.
    """
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(folder()), version_base="1.3", job_name="langmix"):
        try:
            return compose("config", list(overrides))
        except (HydraException, OmegaConfBaseException) as error:
            raise LangmixError(explain(error)) from error


def explain(error: Exception) -> str:
    """One line for what Hydra or OmegaConf says about a configuration, with the nearest right key."""
    text = str(error)
    if match := re.search(r"Could not override '([^']+)'", text):
        key = match[1].partition("@")[0]
        keys = _keys()
        if keys.get(key):
            return f"key '{key}' is only there with {' or '.join(keys[key])}"
        return f"unknown key '{key}'{_nearest(key, list(keys))}"
    if match := re.search(r"In '[^']*': Could not find '([^']+)'|Could not find '([^']+)'", text):
        group, _, option = (match[1] or match[2]).rpartition("/")
        options = _options(group)
        return f"{group}={option}: no such {group}{_nearest(option, options)} (there are: {', '.join(options)})"
    if (
        "missing EQUAL" in text
        or "mismatched input" in text
        or "extraneous input" in text
        or "token recognition" in text
    ):
        return "cannot read an override: " + " ".join(text.split()[:40])
    return " ".join(text.split())


def _nearest(wrong: str, right: Sequence[str]) -> str:
    last_parts = {key.rpartition(".")[2]: key for key in reversed(right)}
    near = get_close_matches(wrong, right, n=1) or [
        last_parts[part] for part in get_close_matches(wrong.rpartition(".")[2], last_parts, n=1)
    ]
    return f"; did you mean '{near[0]}'?" if near else ""


def _options(group: str) -> list[str]:
    return sorted(path.stem for path in (folder() / group).glob("*.yaml"))


def _keys() -> dict[str, list[str]]:
    """Every key of the main configuration, and of every option of its groups with the options that have it.

    Read from the files themselves: composing each option takes Hydra seconds.
    """
    main = yaml.safe_load((folder() / "config.yaml").read_text(encoding="utf-8"))
    keys: dict[str, list[str]] = {key: [] for key in _dotted(main) if key != "defaults"}
    for path in sorted(folder().glob("*/*.yaml")):
        group = path.parent.name
        keys.setdefault(group, [])
        if group not in _NO_KEYS:
            for key in _dotted(yaml.safe_load(path.read_text(encoding="utf-8")), f"{group}."):
                keys.setdefault(key, []).append(f"{group}={path.stem}")
    return keys


def _dotted(node: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{prefix}{key}"
            yield from _dotted(value, f"{prefix}{key}.")
