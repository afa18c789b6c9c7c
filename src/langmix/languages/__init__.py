"""The languages langmix knows, with what an analysis by family, script or resource level needs."""

import csv
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from langmix.errors import LangmixError

OWN = "LANGMIX_LANGUAGES"
"""Environment variable that names a user's file of further languages; other processes of a run inherit it."""

_TAG = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?")
_TRUTHS = {"false": "no, off and false", "true": "yes, on and true"}
_TAKEN = ("all",)  # what tables call the mean over languages


@dataclass(frozen=True)
class Language:
    """One language.

    Attributes:
        code: BCP-47 tag: an ISO 639 code, with a script (ISO 15924) where texts in another one are a language of their
            own here, as in ``zh-Hant`` and ``sr-Latn``.
        name: English name.
        family: Language family (WALS, except that Turkic, Mongolic, Japonic and Koreanic are families).
        genus: Genus inside the family (WALS).
        script: Script its texts are usually written in.
        resource: Resource class from 0 (left behind) to 5 (winners), Joshi et al. 2020, ACL, arXiv 2004.09095; None
            where it is not known.
        paper: Part in arXiv 2408.10536: "trained", "unseen" (evaluated only) or "" (absent).
    """

    code: str
    name: str
    family: str
    genus: str
    script: str
    resource: int | None
    paper: str


def table() -> dict[str, Language]:
    """All known languages by code: langmix's own and those of the file that `OWN` names.

    The file is a CSV with columns called as the attributes of `Language`. Only ``code`` and ``name`` have to be there
    and filled in.

    Raises:
        LangmixError: The file cannot be read, or a row of it is no language or known already.
    """
    return _table(os.environ.get(OWN, ""))


@cache
def _table(own: str) -> dict[str, Language]:
    text = resources.files(__package__).joinpath("languages.csv").read_text(encoding="utf-8")
    known = {row["code"]: _language(row) for row in csv.DictReader(text.splitlines())}
    for where, row in _rows(Path(own)) if own else ():
        code = row["code"]
        if code in known:
            raise LangmixError(f"{where}language '{code}' is known already ({known[code].name})")
        known[code] = _language(row)
    return known


def _rows(path: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Rows of a user's file with all columns, each checked, and the prefix of an error message about it."""
    columns = [field.name for field in fields(Language)]
    try:
        reader = csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines(), strict=True)
        rows = [(reader.line_num, row) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise LangmixError(f"{path} ({OWN}): cannot be read as CSV ({reason})") from error
    if missing := {"code", "name"} - set(reader.fieldnames or ()):
        raise LangmixError(f"{path} ({OWN}): has no column '{min(missing)}' (columns are {' '.join(columns)})")
    for number, row in rows:
        where = f"{path} ({OWN}), line {number}: "
        if None in row or set(row) - set(columns):
            raise LangmixError(
                f"{where}a row has too many cells or an unknown column (columns are {' '.join(columns)})"
            )
        filled = {column: (row.get(column) or "").strip() for column in columns}
        if not _TAG.fullmatch(filled["code"]) or filled["code"] in _TAKEN:
            raise LangmixError(f"{where}code '{filled['code']}' has to be a tag like 'ckb', 'zh-Hans' or 'pt-BR'")
        if not filled["name"]:
            raise LangmixError(f"{where}language '{filled['code']}' needs a name")
        if filled["resource"] not in {"", *"012345"}:
            raise LangmixError(f"{where}resource has to be a class from 0 to 5 or empty, not '{filled['resource']}'")
        yield where, filled


def _language(row: dict[str, str]) -> Language:
    resource = int(row["resource"]) if row["resource"] else None
    return Language(row["code"], row["name"], row["family"], row["genus"], row["script"], resource, row["paper"])


def language(code: Any, where: str = "") -> Language:
    """The language with this code.

    Args:
        code: One of the codes in the table, as it came from a configuration or a file.
        where: Prefix of the error message that says where the code was read.

    Raises:
        LangmixError: It is no code of the table.
    """
    truth = str(code).lower()  # a key of a configuration that has been JSON is a string
    if truth in _TRUTHS:
        raise LangmixError(
            f"{where}a language is the truth value {truth}: YAML reads {_TRUTHS[truth]} so; put the code into "
            'quotation marks, as in "no" for Norwegian'
        )
    if not isinstance(code, str):
        found = "null" if code is None else repr(code)
        raise LangmixError(f"{where}a language is {found}, where a code such as 'de' or 'zh-Hant' is needed")
    known = table()
    if code in known:
        return known[code]
    from langmix.languages.hints import meant

    near = meant(code, known)
    answer = f"; did you mean '{near}'?" if near else f" (known: {' '.join(known)});"
    raise LangmixError(f"{where}unknown language '{code}'{answer} {OWN}=FILE adds languages of your own")


def selected(codes: Any, where: str = "") -> tuple[str, ...]:
    """The codes of a list of languages, each known and given once.

    Args:
        codes: What a configuration has for a list.
        where: Prefix of the error message that says where it was read.

    Raises:
        LangmixError: It is no such list.
    """
    if isinstance(codes, str) or not isinstance(codes, Sequence) or not codes:
        raise LangmixError(f"{where}languages={codes} has to be a list like [de, en], each once")
    found = tuple(language(code, where).code for code in codes)
    if len(set(found)) < len(found):
        raise LangmixError(f"{where}languages={list(codes)} has to be a list like [de, en], each once")
    return found
