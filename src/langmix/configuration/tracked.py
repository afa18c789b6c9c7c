"""A tracked configuration with changes: others may have written it, so it calls nothing but langmix's own builders."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from langmix.configuration import schema
from langmix.configuration.composition import composed, explain, unknown_key
from langmix.configuration.folder import folder
from langmix.configuration.opened import Configuration, opened
from langmix.errors import LangmixError

_TARGET = "_target_"
_MOVED = {"langmix.benchmark.": "langmix.collection.", "langmix.retrieval.": "langmix.scoring."}  # since then


def read(path: Path, config_dir: Path | None = None) -> dict[str, Any]:
    """A tracked configuration as plain mappings and lists, which call only what langmix's own configuration calls.

    Args:
        path: The tracked file.
        config_dir: Folder of the user's own options: what they call may be called, too.

    Raises:
        LangmixError: It is no configuration, names anything else as a ``_target_``, or refers to other values.
    """
    try:
        content = OmegaConf.to_container(OmegaConf.load(path))
    except (OSError, ValueError, yaml.YAMLError, OmegaConfBaseException) as error:
        raise LangmixError(f"{path}: not a configuration: {_line(error)}") from error
    if not isinstance(content, dict) or not content:
        raise LangmixError(f"{path}: not a configuration: has no keys")
    content = _as_today(content)
    allowed = _builders(config_dir)
    for place, value in _everything(content):
        *above, key = place.split(".")
        in_list = any(part.isdigit() for part in above)  # where langmix has no builders
        if key == _TARGET and (in_list or not isinstance(value, str) or value not in allowed):
            raise LangmixError(
                f"{path}: {place}={_line(value)}: none of langmix's own builders, and a tracked configuration calls no "
                "others; where it is an option of your own, give --config-dir, too"
            )
        if isinstance(value, str) and "${" in value:
            raise LangmixError(
                f"{path}: {place}={_line(value)}: a tracked value stands for itself and refers to no other"
            )
    return {str(key): value for key, value in content.items()}


def changed(tracked: Mapping[str, Any], overrides: Sequence[str], config_dir: Path | None = None) -> Configuration:
    """A tracked configuration with what is overridden today.

    Values stay as they were tracked, also where the configuration files have come to say something else. Keys that
    came or went with a new version do so here, too, and places on disk are today's. An option of a group takes the
    place of what was tracked of that group.

    Args:
        tracked: The resolved configuration of the run, as `read` gives it.
        overrides: As on the command line.
        config_dir: Folder of the user's own options.

    Raises:
        LangmixError: An override or a tracked value is wrong, or a group was built by what builds no such group.
    """
    groups, values = _parsed(overrides, config_dir)
    chosen = {_group(each): each for each in groups}
    choices = [f"{key}={option}" for key, option in _options(tracked, config_dir, set(chosen)).items()]
    composition = composed([*choices, *(str(each.input_line) for each in groups)], config_dir)
    today = cast("dict[str, Any]", OmegaConf.to_container(composition))
    replaced = {"store", *(key.rpartition("@")[2] for key in chosen)}
    for key in today.keys() - replaced:
        if isinstance(today[key], dict) != isinstance(tracked.get(key, today[key]), dict):
            raise LangmixError(f"{key}={tracked[key]}: not what a tracked configuration has there")
    context = OmegaConf.create(dict(tracked))
    result = OmegaConf.create(
        {
            key: value if key in replaced else _kept(value, tracked.get(key, value), context)
            for key, value in today.items()
        }
    )
    for place in (key for key in replaced if "." in key):  # an option within another group
        OmegaConf.update(result, place, OmegaConf.select(OmegaConf.create(today), place), merge=False)
    OmegaConf.set_struct(result, True)
    for each in values:
        _set(result, each)
    try:
        return opened(cast("DictConfig", OmegaConf.merge(OmegaConf.structured(schema.Schema), result)))
    except OmegaConfBaseException as error:
        raise LangmixError(explain(error)) from error


def _as_today(node: Any) -> Any:
    """What an earlier version tracked, with today's names of builders; those were told the store's place each."""
    if isinstance(node, list):
        return [_as_today(each) for each in node]
    if not isinstance(node, dict):
        return node
    today = {key: _as_today(value) for key, value in node.items() if not (_TARGET in node and key == "store")}
    if isinstance(target := node.get(_TARGET), str):
        for former, now in _MOVED.items():
            target = now + target.removeprefix(former) if target.startswith(former) else target
        today[_TARGET] = target
    return today


def _builders(config_dir: Path | None) -> set[str]:
    """All that configuration files call."""
    contents = (yaml.safe_load(path.read_text(encoding="utf-8")) for path in _files("*", config_dir))
    return {
        str(value)
        for content in contents
        for place, value in _everything(content)
        if place.rpartition(".")[2] == _TARGET
    }


def _files(group: str, config_dir: Path | None) -> list[Path]:
    folders = [folder(), *([config_dir] if config_dir else [])]
    return [path for each in folders for path in sorted(each.glob(f"{group}/*.yaml")) if path.parent.name != "hydra"]


def _everything(node: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Every value below a node with its place, and every key as a value of its own."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        where = f"{place}.{key}" if place else str(key)
        yield where, value
        yield from _everything(value, where)


def _line(value: Any) -> str:
    return " ".join(str(value).split())


def _parsed(overrides: Sequence[str], config_dir: Path | None) -> tuple[list[Override], list[Override]]:
    """Overrides that choose an option of a group, and those that set a value."""
    try:
        given = OverridesParser.create().parse_overrides(list(overrides))
    except HydraException as error:
        raise LangmixError(explain(error)) from error
    groups: list[Override] = []
    values: list[Override] = []
    for each in given:
        if each.is_sweep_override():
            raise LangmixError(f"{each.input_line}: a run is run again once; give one value, or quote it")
        if each.key_or_group == "experiment":
            raise LangmixError(
                f"{each.input_line}: an experiment is a configuration, as the run has one; give its values"
            )
        is_group = each.package is not None or any(path.is_dir() for path in _places(each.key_or_group, config_dir))
        (groups if is_group else values).append(each)
    return groups, values


def _places(group: str, config_dir: Path | None) -> list[Path]:
    return [each / group for each in (folder(), *([config_dir] if config_dir else []))]


def _group(override: Override) -> str:
    package = f"@{override.package}" if override.package else ""
    return f"{override.key_or_group}{package}"


def _options(tracked: Mapping[str, Any], config_dir: Path | None, chosen: set[str]) -> dict[str, str]:
    """The option of each group that a tracked configuration is most like: that which gives keys it did not have yet."""
    options: dict[str, str] = {}
    waiting = list(_defaults(folder() / "config.yaml").items())
    while waiting:
        key, default = waiting.pop(0)
        group, _, package = key.partition("@")
        node = OmegaConf.select(OmegaConf.create(dict(tracked)), package or group)
        node = OmegaConf.to_container(node) if isinstance(node, DictConfig) else None
        if key in chosen or not isinstance(node, dict):
            continue
        like = {}
        for path in _files(group, config_dir):
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            if content.get(_TARGET) == node.get(_TARGET):
                like[path.stem] = (content.get("name") == node.get("name"), path.stem == default)
        if not like:
            raise LangmixError(f"{package or group}.{_TARGET}={node.get(_TARGET)}: builds no {group}")
        options[key] = max(like, key=lambda option: like[option])
        within = next(path for path in reversed(_files(group, config_dir)) if path.stem == options[key])
        # Groups that an option chooses from in its turn, as a loss its teacher.
        for inner, usual in _defaults(within).items():
            if inner.startswith("/"):
                inner_group, _, name = inner.removeprefix("/").partition("@")
                waiting.append((f"{inner_group}@{package or group}.{name}", usual))
    return options


def _defaults(path: Path) -> dict[str, str | None]:
    """The groups that a configuration file chooses from, and what it chooses."""
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {
        key: option for each in content.get("defaults", []) if isinstance(each, dict) for key, option in each.items()
    }


def _kept(today: Any, then: Any, context: DictConfig, depth: int = 0) -> Any:
    """What was tracked, with the keys of today: all of a group's own, and further ones below.

    What follows from another value today, and did so then, goes on following from it.
    """
    if isinstance(today, str) and "${" in today and _resolved(today, context) == then:
        return today
    if not isinstance(then, dict):
        return then
    if not isinstance(today, dict):
        today = {}
    keys = [*today, *(key for key in then if key not in today and depth)]
    return {key: _kept(today.get(key), then[key], context, depth + 1) if key in then else today[key] for key in keys}


def _resolved(value: str, context: DictConfig) -> Any:
    """What a value that refers to others stands for in a configuration; None where it lacks them."""
    try:
        found = cast("dict[str, Any]", OmegaConf.to_container(OmegaConf.create({**context, "": value}), resolve=True))
    except OmegaConfBaseException:
        return None
    return found[""]


def _set(cfg: DictConfig, override: Override) -> None:
    """Set, add or delete one value, as Hydra does."""
    key, value = override.key_or_group, override.value()
    try:
        if override.is_delete():
            above, _, last = key.rpartition(".")
            node = OmegaConf.select(cfg, above) if above else cfg
            if not isinstance(node, DictConfig) or last not in node:
                raise LangmixError(unknown_key(key))
            OmegaConf.set_struct(node, False)
            del node[last]
            OmegaConf.set_struct(node, None)
        else:
            add = override.is_add() or override.is_force_add()
            OmegaConf.update(cfg, key, value, merge=True, force_add=add)
    except OmegaConfBaseException as error:
        raise LangmixError(unknown_key(key)) from error
