"""Finding and composing the configuration, and saying in one line what is wrong with an override."""

import re
from argparse import ArgumentParser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml
from hydra import compose, initialize_config_dir
from hydra.core.global_hydra import GlobalHydra
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import ChoiceSweep
from hydra.errors import HydraException, OverrideParseException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from langmix.configuration import schema
from langmix.configuration.folder import folder
from langmix.configuration.opened import Configuration, opened
from langmix.configuration.output import own_folder
from langmix.configuration.quoting import quote, quoted
from langmix.configuration.translation import TRANSLATE, ToTranslate, register, to_translate
from langmix.errors import LangmixError
from langmix.training.processes import rank

_RENAMED = {"training.symmetric": "loss.symmetric", "store.tracking_uri": "tracking.mirror"}
_NO_KEYS = {"hydra", "experiment", "recipe"}  # folders whose files set keys of other groups


def _own_folder(path: str, *, _root_: DictConfig) -> str:
    """`own_folder` for configurations; Hydra hands what is kept here to every job of a sweep, wherever that runs."""
    made = OmegaConf.get_cache(_root_)["own_folder"]
    if path not in made:
        # Further processes of a training write nothing that anybody reads; `--cfg hydra` shows a part and runs none.
        training = _root_.get("training")
        first = training is not None and rank(training.devices, training.nodes) == 0
        made[path] = str(own_folder(path)) if first else path
    return str(made[path])


schema.register()
register()
OmegaConf.register_new_resolver("own_folder", _own_folder, replace=True)


def add_config_dir(parser: ArgumentParser) -> None:
    """Let a verb take a folder with further options, as Hydra's own `--config-dir` does."""
    parser.add_argument(
        "--config-dir", "-cd", type=Path, metavar="DIR", help="folder of your own with more options for the groups"
    )


def read(overrides: Sequence[str], config_dir: Path | None = None) -> Configuration:
    """The configuration with these overrides, opened; outside a Hydra job.

    Args:
        overrides: As on the command line.
        config_dir: Folder with more options for the groups.

    Raises:
        LangmixError: An override is wrong, or there is no such folder.
    """
    return opened(composed(overrides, config_dir))


def read_translation(overrides: Sequence[str], config_dir: Path | None = None) -> ToTranslate:
    """As `read`, of what ``langmix translate`` is asked for."""
    return to_translate(composed(overrides, config_dir, TRANSLATE))


def composed(overrides: Sequence[str], config_dir: Path | None = None, name: str = "config") -> DictConfig:
    """As `read`, before its references are resolved; ``name`` is that of the main file."""
    given = list(overrides)
    if config_dir is not None:
        if not config_dir.is_dir():
            raise LangmixError(f"--config-dir {config_dir}: no such folder")
        given.append(f"hydra.searchpath=[{quote(f'file://{config_dir.absolute()}')}]")
    GlobalHydra.instance().clear()
    with initialize_config_dir(str(folder()), version_base="1.3", job_name="langmix"):
        try:
            with options_named(given):
                return compose(name, given)
        except (HydraException, OmegaConfBaseException) as error:
            raise LangmixError(explain(error, name)) from error


@contextmanager
def options_named(overrides: Sequence[str]) -> Iterator[None]:
    """Say which of the overrides gives a group something that is no option's name, such as ``null``.

    Hydra says that one does, as an error of no kind of its own.

    Args:
        overrides: As on the command line.

    Raises:
        LangmixError: One does.
    """
    try:
        yield
    except ValueError as error:
        if not str(error).startswith("Config group override must be"):
            raise
        given = [each for each in overrides if not each.startswith("-")]  # what is left are options, such as -m
        for override in OverridesParser.create().parse_overrides(given):
            group = override.key_or_group
            options = ", ".join(sorted(path.stem for path in (folder() / group).glob("*.yaml")))
            value = override.value()
            asked = value.list if isinstance(value, ChoiceSweep) else [value]
            if options and not all(isinstance(each, str | list) for each in asked):
                said = f"{override.input_line}: must name an option of {group} (there are: {options})"
                raise LangmixError(said) from error
        raise


def explain(error: Exception, name: str = "config") -> str:
    """One line for what Hydra or OmegaConf says about a configuration, with the nearest right key.

    Args:
        error: What they raise.
        name: Of the main file.
    """
    if isinstance(error.__cause__, LangmixError):
        return str(error.__cause__)
    if isinstance(error, OverrideParseException):
        return _unreadable(error.override)
    return schema.explain(error) or _wrong_override(str(error), name)


def _wrong_override(text: str, name: str) -> str:
    if match := re.match(r"Ambiguous value for argument '(.*)'\n", text):
        key, _, value = match[1].partition("=")
        return (
            f"{match[1]}: several values are a sweep, which needs -m; a list is {key}=[{value}], and one value with "
            f"commas is quoted: '{key}={quote(value)}'"
        )
    if match := re.search(r"Could not override '([^']+)'", text):
        return unknown_key(match[1].partition("@")[0], name)
    if match := re.search(r"In '[^']*': Could not find '([^']+)'|Could not find '([^']+)'", text):
        group, _, option = (match[1] or match[2]).partition("/")
        options = re.findall(r"^\t([\w.-]+)$", text, re.MULTILINE)
        return f"{group}={option}: no such {group}{_nearest(option, options)} (there are: {', '.join(options)})"
    if match := re.search(r"Environment variable '([^']+)' not found.*full_key: (\S+)", text, re.DOTALL):
        return f"{match[2]}: set the environment variable {match[1]}, which it refers to"
    return " ".join(text.split())


def unknown_key(key: str, name: str = "config") -> str:
    """One line for a key that is not in the configuration with this main file."""
    if key in _RENAMED:
        return f"unknown key '{key}'; it is '{_RENAMED[key]}' now"
    keys = _keys(name)
    if keys.get(key):
        *others, last = keys[key]
        return f"key '{key}' is only there with {', '.join(others)}{' or ' if others else ''}{last}"
    return f"unknown key '{key}'{_nearest(key, list(keys))}"


def _unreadable(override: str) -> str:
    if "=" not in override:
        return f"cannot read '{override}': an override is KEY=VALUE"
    hint = quoted(override)
    remedy = f"quote the value, as in {hint}" if hint else "brackets, braces and quotes must be closed"
    return f"cannot read {override}: {remedy}"


def _nearest(wrong: str, right: Sequence[str]) -> str:
    last_parts = {key.rpartition(".")[2]: key for key in reversed(right)}
    near = get_close_matches(wrong, right, n=1) or [
        last_parts[part] for part in get_close_matches(wrong.rpartition(".")[2], last_parts, n=1)
    ]
    return f"; did you mean '{near[0]}'?" if near else ""


def _keys(name: str) -> dict[str, list[str]]:
    """Every key of the main configuration, and of every option of its groups with the options that have it.

    Read from the files themselves: composing each option takes Hydra seconds.
    """
    main = yaml.safe_load((folder() / f"{name}.yaml").read_text(encoding="utf-8"))
    keys: dict[str, list[str]] = {key: [] for key in _dotted(main) if key != "defaults"}
    groups = {str(key).rpartition(" ")[2].partition("@")[0] for each in main["defaults"] for key in each}
    elsewhere = "langmix translate" if name == "config" else "langmix itself"
    for path in sorted(folder().glob("*/*.yaml")):
        group = path.parent.name
        keys.setdefault(group, [] if group in groups else [elsewhere])
        if group in groups and group not in _NO_KEYS:
            for key in _dotted(yaml.safe_load(path.read_text(encoding="utf-8")), f"{group}."):
                keys.setdefault(key, []).append(f"{group}={path.stem}")
    return keys


def _dotted(node: Any, prefix: str = "") -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield f"{prefix}{key}"
            yield from _dotted(value, f"{prefix}{key}.")
