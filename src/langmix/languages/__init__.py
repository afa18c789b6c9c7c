"""The languages langmix knows, with what an analysis by family, script or resource level needs."""

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib import resources

from langmix.errors import LangmixError


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        code: ISO 639-1 code.
        name: English name.
        family: Language family (WALS).
        genus: Genus inside the family (WALS).
        script: Script its texts are usually written in.
        resource: Resource class from 0 (left behind) to 5 (winners), Joshi et al. 2020, ACL, arXiv 2004.09095.
        paper: Part in arXiv 2408.10536: "trained", "unseen" (evaluated only) or "" (absent).
    """

    code: str
    name: str
    family: str
    genus: str
    script: str
    resource: int
    paper: str


@cache
def table() -> dict[str, Language]:
    """All known languages by code."""
    lines = resources.files(__package__).joinpath("languages.csv").read_text(encoding="utf-8").splitlines()
    rows = csv.DictReader(lines)
    return {
        row["code"]: Language(
            row["code"], row["name"], row["family"], row["genus"], row["script"], int(row["resource"]), row["paper"]
        )
        for row in rows
    }


def language(code: str, where: str = "") -> Language:
    """The language with this code.

    Args:
        code: ISO 639-1 code.
        where: Prefix of the error message that says where the code was read.

    Raises:
        LangmixError: The code is not in the table.
    """
    known = table()
    if code in known:
        return known[code]
    # 'German' or 'ger' for 'de' is the common slip, so names are matched as well as codes.
    names = {entry.name.lower(): entry.code for entry in known.values()} | {code: code for code in known}
    near = get_close_matches(str(code).lower(), names, n=1, cutoff=0.5)
    hint = f"; did you mean '{names[near[0]]}'?" if near else ""
    raise LangmixError(f"{where}unknown language '{code}'{hint} (known: {' '.join(known)})")
