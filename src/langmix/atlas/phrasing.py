"""The sentences of the atlas in each language: what ``templates/LANG.yaml`` holds."""

from dataclasses import dataclass
from functools import cache
from importlib import resources

import yaml

from langmix.atlas import names
from langmix.atlas.facts import Value


@dataclass(frozen=True)
class Phrasing:
    """The sentences of one language.

    Attributes:
        names: Names by kind and code, where a sentence needs another form than CLDR gives ("the Netherlands").
        words: Names of the writing directions "ltr" and "rtl".
        questions: Phrasings of the question for each fact, by ``KIND/FACT``; equal places in the lists of two
            languages are translations of each other.
        passages: Phrasings of each passage, by ``KIND/TOPIC``, aligned likewise.
    """

    names: dict[str, dict[str, str]]
    words: dict[str, str]
    questions: dict[str, list[str]]
    passages: dict[str, list[str]]


@cache
def phrasing(language: str) -> Phrasing:
    """The sentences of a language."""
    text = resources.files("langmix.atlas").joinpath("templates", f"{language}.yaml").read_text(encoding="utf-8")
    return Phrasing(**yaml.safe_load(text))


def _said_one(kind: str, code: str, language: str) -> str:
    match kind:
        case "code":
            return code
        case "word":
            return phrasing(language).words[code]
        case "weekday":
            return names.weekday(int(code), language)
        case "percent":
            return names.percent(code, language)
        case "number":
            return names.number(code, language)
        case _:
            own = phrasing(language).names.get(kind, {})
            return own.get(code) or names.names(kind)[code][language]


def said(value: Value, language: str) -> str:
    """A value in the words of a language."""
    return names.listed([_said_one(value.kind, code, language) for code in value.codes], language)


def filled(template: str, slots: dict[str, str]) -> str:
    """A template with its slots filled; a name that opens the text gets a capital letter."""
    text = template.format_map(slots)
    return text[0].upper() + text[1:]
