"""Cells that differ in their seed alone, and what tells one such arm from another."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from langmix.tracking.cell import Cell

_SHORT = {"learning_rate": "lr", "batch_size": "batch", "max_steps": "steps"}

# What the short name says already.
_NAMED = re.compile(
    r"backbone\.name|sampler(\.name|\.alpha|\.alpha_end|\.alpha_schedule)?|baseline|negatives\.candidates"
)

# Shown only where nothing else tells arms apart: what they hold follows from other keys, or says little to a reader.
_LAST = re.compile(r"corpus\.parts|validation|.*\.content|backbone\.origin|trainer|software\..*|held_out\..*")


@dataclass(frozen=True)
class Arm:
    """Cells that differ in their seed alone.

    Attributes:
        backbone: What was fine-tuned.
        label: The short name, and the keys in which the arms shown differ: `x_y lr=1e-5`.
        cells: By data set and seed.
    """

    backbone: str
    label: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """Backbone and label."""
        return f"{self.backbone}·{self.label}"


def arms(cells: Iterable[Cell]) -> list[Arm]:
    """Group cells into arms; backbones and arms in the order in which they first occur."""
    grouped: dict[str, list[Cell]] = {}
    for cell in cells:
        grouped.setdefault(cell.arm, []).append(cell)
    labels = _labels([of_arm[0] for of_arm in grouped.values()])
    backbones = list(dict.fromkeys(of_arm[0].key.backbone for of_arm in grouped.values()))
    found = [
        Arm(of_arm[0].key.backbone, label, tuple(sorted(of_arm, key=lambda cell: (cell.key.dataset, cell.key.seed))))
        for of_arm, label in zip(grouped.values(), labels, strict=True)
    ]
    return sorted(found, key=lambda arm: backbones.index(arm.backbone))


def _labels(firsts: Sequence[Cell]) -> list[str]:
    """A label for one cell of each arm."""
    recipes = [cell.recipe for cell in firsts]
    differing = [key for key in dict.fromkeys(key for recipe in recipes for key in recipe) if _differs(key, recipes)]
    chosen = [key for key in differing if not _NAMED.fullmatch(key) and not _LAST.fullmatch(key)]
    labels = _labelled(firsts, recipes, chosen)
    for key in filter(_LAST.fullmatch, differing):
        longer = _labelled(firsts, recipes, [*chosen, key])
        if len(set(longer)) > len(set(labels)):
            chosen, labels = [*chosen, key], longer
    return [label for _, label in labels]


def _labelled(
    firsts: Sequence[Cell], recipes: Sequence[Mapping[str, str]], keys: Sequence[str]
) -> list[tuple[str, str]]:
    """Backbone and label of each."""
    return [(cell.key.backbone, _label(cell, recipe, keys)) for cell, recipe in zip(firsts, recipes, strict=True)]


def _differs(key: str, recipes: Sequence[Mapping[str, str]]) -> bool:
    """Whether arms that have a key have different values of it: an untrained arm has no learning rate.

    All arms are evaluated, so that to have a key of that, such as an index, is a difference by itself.
    """
    absent = {None} if key.startswith("retrieval.") and not all(key in recipe for recipe in recipes) else set()
    return len({recipe[key] for recipe in recipes if key in recipe} | absent) > 1


def _label(cell: Cell, recipe: Mapping[str, str], keys: Sequence[str]) -> str:
    told = [f"{_short(key)}={_value(recipe[key])}" for key in keys if key in recipe]
    return " ".join([cell.key.arm, *told])


def _short(key: str) -> str:
    name = key.removeprefix("training.").removesuffix(".content").replace("retrieval.index", "index")
    return _SHORT.get(name, name)


def _value(text: str) -> str:
    """A value as one writes it: `1e-5` for `1e-05`, languages with commas, eight digits of a hash."""
    text = re.sub(r"[0-9a-f]{12,}", lambda digits: digits[0][:8], text)
    text = re.sub(r"^(\d(?:\.\d+)?e)(-?)\+?0*(\d+)$", r"\1\2\3", text)
    return text.replace(" ", ",")
