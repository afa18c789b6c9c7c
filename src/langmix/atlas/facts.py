"""Facts of Unicode CLDR, free of any language, grouped into the statements that passages make.

Source: the CLDR release that the installed Babel carries (supplemental data on currencies, territories' languages,
weeks, time zones and likely subtags). They are facts as CLDR states them: shares of language users are its estimates.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.localedata import locale_identifiers

from langmix.atlas.names import names

LONGEST_LIST = 10  # longer enumerations make passages that say nothing but names
SMALLEST_SHARE = 1.0  # percent; CLDR's estimates below are noise


@dataclass(frozen=True)
class Value:
    """What fills a slot of a template.

    Attributes:
        kind: A kind of `langmix.atlas.names.names`, or "weekday", "percent", "number", "code" or "word".
        codes: One or, for enumerations, several codes of this kind.
    """

    kind: str
    codes: tuple[str, ...]


@dataclass(frozen=True)
class Statement:
    """What one passage says.

    Attributes:
        kind: Kind of the subject: "territory", "language", "currency" or "place".
        subject: Code of the subject.
        topic: Which passage about the subject this is.
        facts: The facts that can be asked for.
        slots: Values of the template's slots.
        claims: The relations that it asserts and that a passage about their other end could assert as well:
            ("tender", territory, currency), ("official", territory, language) and ("share", territory, language).
    """

    kind: str
    subject: str
    topic: str
    facts: tuple[str, ...]
    slots: dict[str, Value]
    claims: frozenset[tuple[str, str, str]]

    @property
    def id(self) -> str:
        """Unique and readable, e.g. "territory/KE/money"."""
        return f"{self.kind}/{self.subject}/{self.topic}"


def _one(kind: str, code: object) -> Value:
    return Value(kind, (str(code),))


def _is_named(*values: Value) -> bool:
    return all(code in names(value.kind) for value in values for code in value.codes)


@cache
def _week_locales() -> dict[str, str]:
    """A locale for the week data of each territory.

    Only locales whose parent has no territory count: the others inherit weeks of a neighbour (Angola those of Portugal)
    where CLDR leaves a territory with the default of the world.
    """
    parents = get_global("parent_exceptions")
    found: dict[str, str] = {}
    # English first: its locales share one parent, which saves loading a hundred others.
    for identifier in sorted(locale_identifiers(), key=lambda i: (not i.startswith("en_"), i)):
        _, _, territory = identifier.partition("_")
        if len(territory) == 2 and parents.get(identifier) in {None, "root", "en_001"}:
            found.setdefault(territory, identifier)
    return found


def week(territory: str) -> tuple[str, tuple[str, ...]] | None:
    """First day of the week and days of the weekend (0 is Monday), where CLDR has a locale for the territory."""
    if territory not in _week_locales():
        return None
    data = Locale.parse(_week_locales()[territory])
    length = (data.weekend_end - data.weekend_start) % 7 + 1
    return str(data.first_week_day), tuple(str((data.weekend_start + i) % 7) for i in range(length))


@cache
def tender() -> dict[str, tuple[str, str]]:
    """Currency and year of its introduction, of the territories that have exactly one legal tender now."""
    found = {}
    for territory in sorted(names("territory")):
        rows = get_global("territory_currencies").get(territory, [])
        now = [(currency, start) for currency, start, end, is_tender in rows if is_tender and end is None]
        if len(now) == 1 and now[0][1]:
            found[territory] = (now[0][0], str(now[0][1][0]))
    return found


def _used_in(currency: str) -> list[str]:
    # Over all territories, also those with a second currency: the enumeration has to be complete.
    rows = get_global("territory_currencies").items()
    return sorted(
        t for t, uses in rows if any(code == currency and is_tender and not end for code, _, end, is_tender in uses)
    )


@cache
def usage() -> dict[str, list[tuple[str, float, str | None]]]:
    """Per territory its languages as (code, percent of the population, official status), most used first."""
    return {
        territory: sorted(
            ((code, row["population_percent"], row["official_status"]) for code, row in rows.items()),
            key=lambda entry: (-entry[1], entry[0]),
        )
        for territory, rows in sorted(get_global("territory_languages").items())
        if territory not in {"EU", "UN", "ZZ"}
    }


@cache
def _users() -> dict[str, list[tuple[str, float, str | None]]]:
    """Per language its territories as (code, percent of the population, official status)."""
    found: dict[str, list[tuple[str, float, str | None]]] = {}
    for territory, rows in usage().items():
        for code, share, status in rows:
            found.setdefault(code, []).append((territory, share, status))
    # CLDR counts these per script ('zh' and 'zh_Hant'): neither row alone is about the language.
    split = {code.split("_")[0] for code in found if "_" in code}
    return {code: rows for code, rows in found.items() if code.split("_")[0] not in split}


@cache
def scripts() -> dict[str, tuple[str, ...]]:
    """Scripts of each language that CLDR knows, the likeliest first."""
    found = {}
    for code, full in get_global("likely_subtags").items():
        if "_" not in code and len(full.split("_")) == 3:
            found[code] = [full.split("_")[1]]
    for identifier in sorted(locale_identifiers()):
        parts = identifier.split("_")
        if len(parts) > 1 and len(parts[1]) == 4 and parts[1] not in found.get(parts[0], [parts[1]]):
            found[parts[0]].append(parts[1])
    return {code: tuple(rows) for code, rows in found.items()}


@cache
def directions() -> dict[str, str]:
    """Direction of a script, "ltr" or "rtl", read off the locales written in it."""
    found: dict[str, str] = {}
    for code in sorted(code for code in locale_identifiers() if "_" not in code and code in scripts()):
        if scripts()[code][0] not in found:
            found[scripts()[code][0]] = str(Locale.parse(code).text_direction)
    return found


def _territory(code: str) -> Iterator[Statement]:
    subject = _one("territory", code)
    days = week(code)
    if days and code in tender() and _is_named(_one("currency", tender()[code][0])):
        currency, year = tender()[code]
        yield Statement(
            "territory",
            code,
            "money",
            ("currency", "since", "first_day"),
            {
                "territory": subject,
                "currency": _one("currency", currency),
                "year": _one("number", year),
                "day": _one("weekday", days[0]),
            },
            frozenset({("tender", code, currency)}),
        )
    rows = usage().get(code, [])
    official = Value("language", tuple(language for language, _, status in rows if status == "official"))
    if official.codes and len(official.codes) <= LONGEST_LIST and _is_named(official):
        yield Statement(
            "territory",
            code,
            "official",
            ("official_languages", "code"),
            {"territory": subject, "languages": official, "code": _one("code", code)},
            frozenset(("official", code, language) for language in official.codes),
        )
    if days and len(rows) > 1:
        (first, most, _), (second, less, _) = rows[:2]
        ranked = most > less >= SMALLEST_SHARE and all(less > share for _, share, _ in rows[2:])
        if ranked and _is_named(_one("language", first), _one("language", second)):
            yield Statement(
                "territory",
                code,
                "usage",
                ("main_language", "second_share", "weekend"),
                {
                    "territory": subject,
                    "first_language": _one("language", first),
                    "first_share": _one("percent", most),
                    "second_language": _one("language", second),
                    "second_share": _one("percent", less),
                    "weekend": Value("weekday", days[1]),
                },
                frozenset({("share", code, first), ("share", code, second)}),
            )


def _language(code: str) -> Iterator[Statement]:
    subject = _one("language", code)
    rows = _users().get(code, [])
    official = Value("territory", tuple(territory for territory, _, status in rows if status == "official"))
    if official.codes and len(official.codes) <= LONGEST_LIST and _is_named(official):
        yield Statement(
            "language",
            code,
            "official",
            ("official_in", "code"),
            {"language": subject, "territories": official, "code": _one("code", code)},
            frozenset(("official", territory, code) for territory in official.codes),
        )
    written = Value("script", scripts().get(code, ()))
    ways = {directions().get(script) for script in written.codes}
    if len(ways) == 1 and None not in ways and _is_named(written):
        yield Statement(
            "language",
            code,
            "writing",
            ("scripts", "direction"),
            {"language": subject, "scripts": written, "direction": _one("word", *ways)},
            frozenset(),
        )
    ranking = sorted(rows, key=lambda row: -row[1])
    if ranking and ranking[0][1] >= SMALLEST_SHARE and _is_named(_one("territory", ranking[0][0])):
        territory, share, _ = ranking[0]
        if len(ranking) == 1 or share > ranking[1][1]:
            yield Statement(
                "language",
                code,
                "spread",
                ("stronghold", "count"),
                {
                    "language": subject,
                    "territory": _one("territory", territory),
                    "share": _one("percent", share),
                    "count": _one("number", len(ranking)),
                },
                frozenset({("share", territory, code)}),
            )


def _currency(code: str) -> Iterator[Statement]:
    territories = Value("territory", tuple(_used_in(code)))
    if territories.codes and len(territories.codes) <= LONGEST_LIST and _is_named(territories):
        fractions: Any = get_global("currency_fractions")
        yield Statement(
            "currency",
            code,
            "use",
            ("used_in", "code", "digits"),
            {
                "currency": _one("currency", code),
                "territories": territories,
                "code": _one("code", code),
                "digits": _one("number", fractions.get(code, fractions["DEFAULT"])[0]),
            },
            frozenset(("tender", territory, code) for territory in territories.codes),
        )


def _place(code: str) -> Iterator[Statement]:
    territory = _one("territory", get_global("zone_territories").get(code, ""))
    zone = _one("zone", get_global("meta_zones").get(code, ""))
    if _is_named(territory, zone):
        yield Statement(
            "place",
            code.split("/", 1)[1].replace("/", "-"),
            "time",
            ("territory", "zone"),
            {"place": _one("place", code), "territory": territory, "zone": zone},
            frozenset(),
        )


@cache
def statements() -> tuple[Statement, ...]:
    """Every statement that the atlas can make in all its languages, in a fixed order."""
    makers = {"territory": _territory, "language": _language, "currency": _currency, "place": _place}
    return tuple(
        statement for kind, maker in makers.items() for code in sorted(names(kind)) for statement in maker(code)
    )
