"""Which columns of a user's rows hold what, and the entries of the corpus read by them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from typing import Any

from langmix.corpus.join import Entry
from langmix.corpus.records import Records, Row
from langmix.document import identifier
from langmix.errors import LangmixError
from langmix.languages import language
from langmix.texts import is_empty


@dataclass(frozen=True)
class Columns:
    """Names of the columns.

    Attributes:
        id: Id of the pair, the same in all languages.
        query: Query.
        passage: Passage.
        group: Group of the pair; None: every pair is a group of its own.
        language: Language of the row; None where the file has one language.
        negatives: Passages that do not answer the query, as a list; None where there are none.
        answer: The part of the passage that answers the query, such as a sentence; None where that is not known.
    """

    id: str
    query: str
    passage: str
    group: str | None
    language: str | None
    negatives: str | None = None
    answer: str | None = None

    @classmethod
    def of(cls, mapping: Mapping[str, str | None], *, one_file: bool) -> "Columns":
        """The columns a configuration names.

        Args:
            mapping: Names of columns by attribute.
            one_file: Whether one file holds all languages.

        Raises:
            LangmixError: A name is missing or too many.
        """
        known = [field.name for field in fields(cls)]
        for role in mapping:
            if role not in known:
                raise LangmixError(f"corpus.columns.{role}: nothing reads such a column (known: {' '.join(known)})")
        for role in ("id", "query", "passage", *(["language"] if one_file else [])):
            if not mapping.get(role):
                raise LangmixError(f"corpus.columns.{role}: the name of a column is needed")
        if mapping.get("language") and not one_file:
            raise LangmixError("corpus.columns.language is for corpus.file; the keys of corpus.files are the languages")
        return cls(**{role: mapping.get(role) or None for role in known})  # type: ignore[arg-type]

    def names(self) -> list[str]:
        """The named columns."""
        return [name for name in asdict(self).values() if name]

    def language_of(self, row: Row, records: Records, number: int) -> str:
        """Language of a row of a file that has several.

        Raises:
            LangmixError: The row has none or an unknown one.
        """
        code = row.get(str(self.language))
        if not isinstance(code, str):
            raise LangmixError(f"{records.at(number)}{_lacks('language', str(self.language), code, records)}")
        return language(code, records.at(number)).code

    def entry(self, row: Row, records: Records, number: int) -> Entry:
        """What a row says of a pair.

        Raises:
            LangmixError: The id or group is missing, a text is empty or no text, or the negatives are no list of texts.
        """
        key = _name("id", self.id, row, records, number)
        group = key if self.group is None else _name("group", self.group, row, records, number)
        where = (records, number, key)
        query, passage = _text(self.query, row, where), _text(self.passage, row, where)
        negatives = () if self.negatives is None else _texts(self.negatives, row, where)
        if passage is not None and passage in negatives:
            raise LangmixError(f"{records.at(number)}column '{self.negatives}' of id '{key}' holds the passage itself")
        answer = None if self.answer is None else _text(self.answer, row, where)
        return Entry(key, group, (query, passage), negatives, answer)

    def check_found(self, files: Sequence[Records]) -> None:
        """Compare the columns with those that the files turned out to have.

        A file may lack the queries or the passages of its language, but not both, its negatives and its answers.

        Raises:
            LangmixError: A file has neither, no file has one of them, or one seems to be misspelt.
        """
        for column in (self.query, self.passage, *filter(None, (self.negatives, self.answer))):
            if not any(column in records.columns for records in files):
                have = " ".join(dict.fromkeys(name for records in files for name in records.columns))
                raise LangmixError(f"{files[0].path}: no row has column '{column}' (columns: {have})")
        for records in files:
            missing = [column for column in (self.query, self.passage) if column not in records.columns]
            free = [column for column in records.columns if column not in self.names()]
            for column in missing:
                # Without this, one misspelt header would leave a language without its passages and nobody the wiser.
                near = get_close_matches(column, free, n=1, cutoff=0.8)
                if near or len(missing) == 2:
                    hint = f"; did you mean '{near[0]}'?" if near else ""
                    have = " ".join(records.columns)
                    raise LangmixError(f"{records.path}: no row has column '{column}'{hint} (columns: {have})")


def _lacks(role: str, column: str, value: Any, records: Records) -> str:
    if column not in records.columns:
        return f"no {role}: there is no column '{column}' (columns: {' '.join(records.columns)})"
    return f"no {role}: column '{column}' holds {_shown(value)}, where a name or a whole number is needed"


def _name(role: str, column: str, row: Row, records: Records, number: int) -> str:
    """An id or group."""
    value = row.get(column)
    name = identifier(value)
    if name is None:
        raise LangmixError(f"{records.at(number)}{_lacks(role, column, value, records)}")
    if not name.isascii():
        _encoded(column, name, records, number)
    return name


def _text(column: str, row: Row, where: tuple[Records, int, str]) -> bytes | None:
    value = row.get(column)
    if value is None:
        return None
    records, number, key = where
    if not isinstance(value, str):
        raise LangmixError(f"{records.at(number)}column '{column}' of id '{key}' holds {_shown(value)}, no string")
    if is_empty(value):
        raise LangmixError(
            f"{records.at(number)}column '{column}' of id '{key}' is an empty text, nothing of which can be seen; "
            "where a text is missing, use null"
        )
    return _encoded(column, value, records, number)


def _texts(column: str, row: Row, where: tuple[Records, int, str]) -> tuple[bytes, ...]:
    value = row.get(column)
    if value is None:
        return ()
    records, number, key = where
    if not isinstance(value, list) or not all(isinstance(text, str) and not is_empty(text) for text in value):
        raise LangmixError(
            f"{records.at(number)}column '{column}' of id '{key}' holds {_shown(value)}, a list of texts is needed"
        )
    return tuple(_encoded(column, text, records, number) for text in value)


def _encoded(column: str, value: str, records: Records, number: int) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:  # JSON can write half of a surrogate pair
        raise LangmixError(f"{records.at(number)}column '{column}' is not Unicode text ({error.reason})") from error


def _shown(value: Any) -> str:
    """A value on one line of bearable length."""
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
