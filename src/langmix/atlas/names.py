"""What CLDR calls territories, languages, currencies, scripts, places and time zones in the atlas languages.

Everything is read through Babel. Only tables that the locales spell out themselves are used: Babel resolves aliased
tables (stand-alone weekday names, for one) in data that locales share, so what those say depends on load order.
"""

from collections import Counter
from decimal import Decimal
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.lists import format_list
from babel.numbers import format_decimal, format_percent

LANGUAGES = ("ar", "bg", "de", "el", "en", "es", "fr", "hi", "ru", "sw", "th", "tr", "ur", "vi", "zh")

_LATIN = frozenset({"de", "en", "es", "fr", "sw", "tr", "vi"})  # written in Latin letters
_GROUPINGS = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})  # two-letter codes that are no territory
_NO_LANGUAGES = frozenset({"mul", "root", "und", "zxx"})
# "Simplified" is a name beside "Han" only, Turkish abbreviates Cans to letters, and the rest are no scripts.
_NO_SCRIPTS = frozenset({"Cans", "Hanb", "Hans", "Hant", "Zinh", "Zmth", "Zsym", "Zxxx", "Zyyy", "Zzzz"})
_LANGUAGE_WORDS = {"ar": "لغة", "sw": "Lugha"}  # sentences put the word before every name
# Some locales repeat the English name. These words give it away: every atlas language has its own for them.
_ENGLISH_WORDS = frozenset({"Burma", "Cape", "Island", "Islands", "New", "Saint", "SAR", "St."})


@cache
def locale(language: str) -> Locale:
    """The Babel locale of an atlas language."""
    return Locale.parse(language)


def territory_codes() -> list[str]:
    """ISO 3166 codes that CLDR has names for, pseudo-regions and groupings left out, sorted."""
    return sorted(code for code in map(str, locale("en").territories) if len(code) == 2 and code not in _GROUPINGS)


def language_codes() -> list[str]:
    """Codes of the languages that CLDR has names for, variants such as ``zh_Hant`` included, sorted."""
    return sorted(code for code in map(str, locale("en").languages) if code not in _NO_LANGUAGES)


def place_codes() -> list[str]:
    """CLDR time zone ids whose last part is, in English, the whole name of their reference place, sorted."""
    aliases = get_global("zone_aliases")
    return sorted(
        zone
        for zone in get_global("zone_territories")
        # Ids of several words ('Mexico_City') are English phrases in locales that have no name of their own.
        if "/" in zone and "_" not in zone and not zone.startswith("Etc/") and zone not in aliases
        if locale("en").time_zones.get(zone, {}).get("city", _last_part(zone)) == _last_part(zone)
    )


def _last_part(zone: str) -> str:
    return zone.rsplit("/", maxsplit=1)[-1]


def _place_name(zone: str, language: str) -> str | None:
    name = locale(language).time_zones.get(zone, {}).get("city")
    # CLDR, UTS 35: without a name of its own, the last part of the id is the name of the exemplar city.
    return name or (_last_part(zone) if language in _LATIN else None)


def _codes(kind: str) -> list[str]:
    english = locale("en")
    match kind:
        case "territory":
            return territory_codes()
        case "language":
            return language_codes()
        case "currency":
            return sorted(english.currencies)
        case "script":
            return sorted(code for code in map(str, english.scripts) if code not in _NO_SCRIPTS)
        case "place":
            return place_codes()
        case _:
            return sorted(english.meta_zones)


def _raw(kind: str, code: str, language: str) -> str | None:
    spoken = locale(language)
    match kind:
        case "territory":
            return spoken.territories.get(code)
        case "language":
            return spoken.languages.get(code)
        case "currency":
            return spoken.currencies.get(code)
        case "script":
            return spoken.scripts.get(code)
        case "place":
            return _place_name(code, language)
        case _:
            name: str | None = spoken.meta_zones.get(code, {}).get("long", {}).get("standard")
            return name


def _is_name(name: str | None, code: str, language: str, english: str | None) -> bool:
    if not name or not english or name == code:
        return False
    if _LANGUAGE_WORDS.get(language) in name.split():
        return False
    if language not in _LATIN:
        return not any("a" <= letter.lower() <= "z" for letter in name)
    return language == "en" or name != english or _ENGLISH_WORDS.isdisjoint(name.replace("(", " ").split())


@cache
def names(kind: str) -> dict[str, dict[str, str]]:
    """Names by code and language, of what has a name of its own in every atlas language.

    A name that two codes share in any language names neither, so that questions never ask about two things at once;
    neither does a place that is called like a territory.

    Args:
        kind: "territory", "language", "currency", "script", "place" or "zone" (a CLDR metazone).
    """
    found = {}
    for code in _codes(kind):
        row = {language: _raw(kind, code, language) for language in LANGUAGES}
        if all(_is_name(name, code, language, row["en"]) for language, name in row.items()):
            found[code] = {language: str(name) for language, name in row.items()}
    taken = Counter((language, name.casefold()) for row in found.values() for language, name in row.items())
    if kind == "place":
        territories = names("territory").values()
        taken.update((language, name.casefold()) for row in territories for language, name in row.items())
    return {
        code: row
        for code, row in found.items()
        if all(taken[language, name.casefold()] == 1 for language, name in row.items())
    }


def listed(texts: list[str], language: str) -> str:
    """The texts as an enumeration, as in "A, B and C"."""
    return format_list(texts, locale=locale(language)) if len(texts) > 1 else texts[0]


def weekday(day: int, language: str) -> str:
    """Name of a day of the week; 0 is Monday."""
    return str(locale(language).days["format"]["wide"][day])


def percent(value: str, language: str) -> str:
    """A percentage with all its digits, as in "9.8%" for "9.8"."""
    return format_percent(
        Decimal(value) / 100, locale=locale(language), decimal_quantization=False, numbering_system="default"
    )


def number(value: str, language: str) -> str:
    """A whole number without grouping, so that it serves for years too."""
    return format_decimal(int(value), format="0", locale=locale(language), numbering_system="default")
