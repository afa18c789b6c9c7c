"""What the published sets have in common: files of a known format, and translations joined by id."""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from langmix.corpus.address import local
from langmix.corpus.columns import Columns
from langmix.corpus.join import Entry, Join
from langmix.corpus.records import Records
from langmix.corpus.split import in_validation
from langmix.corpus.stored import Content, stamp, stored
from langmix.corpus.table import TableCorpus
from langmix.document import Node, is_there
from langmix.errors import LangmixError
from langmix.languages import language
from langmix.store import Store

log = logging.getLogger(__name__)

LAYOUT = 3  # to be raised when the same sources come to be stored differently

_TRANSLATION = Columns(id="id", query="query", passage="passage", group=None, language=None)

Files = str | Path | Sequence[str | Path]


class Pair(NamedTuple):
    """A pair of a published set in one language.

    Attributes:
        id: Id of the pair, the same in all languages.
        group: Group of the pair.
        query: Question; None where it is missing.
        passage: Passage that answers it; None where it is missing.
        negatives: Passages that do not.
        answer: The part of the passage that does; None where that is not told.
    """

    id: str
    group: str
    query: str | None
    passage: str | None
    negatives: tuple[str, ...] = ()
    answer: str | None = None


@dataclass(frozen=True)
class Format:
    """A published format.

    Attributes:
        name: What it is called in the store.
        read: Pairs of a file in a language, each with the number by which it is found again.
        unit: What that number counts, from 1.
        layout: What a file looks like, told where one does not, see `Node`.
        linked: Whether groups are told language by language, so that groups with a common pair are one.
    """

    name: str
    read: Callable[[Path, str], Iterator[tuple[int, Pair]]]
    unit: str
    layout: str
    linked: bool = False


@dataclass(frozen=True)
class _Source:
    path: Path
    unit: str

    def at(self, number: int) -> str:
        return f"{self.path}, {self.unit} {number}: "

    def entry(self, pair: Pair, number: int) -> Entry:
        try:
            for name in (pair.id, pair.group):  # groups may be called by the file, whose name need not be Unicode
                name.encode()
            query, passage, answer = (
                None if text is None else text.encode() for text in (pair.query, pair.passage, pair.answer)
            )
            negatives = tuple(text.encode() for text in pair.negatives)
        except UnicodeEncodeError as error:  # JSON can write half of a surrogate pair
            raise LangmixError(f"{self.at(number)}not Unicode text ({error.reason})") from error
        return Entry(pair.id, pair.group, (query, passage), negatives, answer)


def published(
    form: Format,
    name: str,
    files: Mapping[str, Files | None] | None,
    translations: Mapping[str, Files | None] | None,
    store: Store,
    validation_fraction: float,
    split: str = "train",
) -> TableCorpus:
    """One split of a published set and its translations, read from its files or from the store.

    Pairs without a question or without a passage in the language that comes first are left out and counted in the log.

    Args:
        form: Format of ``files``.
        name: What tables and runs call the corpus.
        files: Files in the published format by ISO 639 code: a path, a folder (all its files) or a list of both; paths
            may be ``hf://datasets/OWNER/NAME@COMMIT/FILE``.
        translations: Files of further languages with the columns id, query and passage (JSONL, CSV, TSV or Parquet),
            where a missing text is null. The ids are those of the set.
        store: Where the corpus is kept.
        validation_fraction: Share to hold out for validation, by groups, from 0 to 1 (all); see `corpus.split`.
        split: "train" or "validation". No group has pairs in both.

    Raises:
        LangmixError: A file is missing or malformed, repeats an id, or has other ids than the set.
    """
    for key, given_files in (("files", files), ("translations", translations)):
        if given_files is not None and not isinstance(given_files, Mapping):
            raise LangmixError(f"corpus '{name}': {key}={given_files} has to be a mapping like {{en: PATH}}")
        for code in given_files or {}:
            language(code, f"corpus '{name}': {key}: ")
    if not isinstance(validation_fraction, int | float) or not 0 <= validation_fraction <= 1:
        raise LangmixError(f"corpus '{name}': validation_fraction={validation_fraction} has to be from 0 to 1")
    sources = {code: _paths(name, f"files.{code}", given) for code, given in (files or {}).items()}
    translated = {
        code: [Records(path) for path in _paths(name, f"translations.{code}", given)]
        for code, given in (translations or {}).items()
    }
    if not sources:
        raise LangmixError(f"corpus '{name}': files={{}} names no language; give the set as files={{en: PATH}}")
    if both := sources.keys() & translated.keys():
        raise LangmixError(f"corpus '{name}': '{min(both)}' stands both in files and in translations")
    seen = [(code, *stamp(path)) for code, paths in sources.items() for path in paths]
    seen += [(code, *stamp(records.path)) for code, files_ in translated.items() for records in files_]
    key = json.dumps([LAYOUT, form.name, list(sources), list(translated), seen, validation_fraction])
    folder = store.corpora / hashlib.sha256(key.encode()).hexdigest()[:32]
    return stored(folder, name, split, partial(_read, form, name, sources, translated, validation_fraction))


def titled(node: Node) -> str | None:
    """Title and text of a passage of Wikipedia, as one text."""
    text, title = node.optional("text"), node.optional("title")
    return text if title is None or text is None else f"{title} {text}"


def _paths(name: str, key: str, given: Files | None) -> list[Path]:
    """The files that are meant, in order.

    Raises:
        LangmixError: None is given, or one is not there.
    """
    if not given:
        raise LangmixError(f"corpus '{name}': {key} names no file; it takes a path, a folder or a list of paths")
    found: list[Path] = []
    for source in [given] if isinstance(given, str | Path) else given:
        path = local(source)
        if is_there(path, folder=True):
            inside = sorted(file for file in path.iterdir() if file.is_file() and not file.name.startswith("."))
            if not inside:
                raise LangmixError(f"{path}: has no files")
            found += inside
        elif is_there(path):
            found.append(path)
        else:
            raise LangmixError(f"{path}: no such file")
    return found


def _read(
    form: Format,
    name: str,
    files: Mapping[str, list[Path]],
    translations: Mapping[str, list[Records]],
    validation_fraction: float,
) -> Content:
    join = Join(linked=form.linked)
    for code, paths in files.items():
        _add_files(join, form, name, code, paths)
    for code, sources in translations.items():
        _add_translations(join, name, code, sources)
    join.link()
    join.report(name)
    held_out = in_validation(join.groups, validation_fraction)
    order = np.concatenate([np.flatnonzero(~held_out), np.flatnonzero(held_out)])
    rows = join.batches(join.languages, order)
    return Content(join.schema(join.languages), rows, int(np.count_nonzero(~held_out)), validation_fraction)


def _add_files(join: Join, form: Format, name: str, code: str, paths: list[Path]) -> None:
    before, incomplete = join.languages, 0
    for path in paths:
        source = _Source(path, form.unit)
        for number, pair in form.read(path, code):
            # A translation may lack a text; where a pair first comes, there is then nothing to learn from.
            if pair.id not in join and (pair.query is None or pair.passage is None):
                incomplete += 1
            else:
                join.add(code, source.entry(pair, number), source, number)
    if incomplete:
        log.warning("%s: left out %d pairs in '%s' without a question or without a passage", name, incomplete, code)
    if code not in join.languages:
        raise LangmixError(f"{paths[0]}: has no pairs of language '{code}'; needed is {form.layout}")
    if before and not join.in_common(code):
        raise LangmixError(
            f"{paths[0]}: has no id in common with '{' '.join(before)}'; the languages of a set share their ids"
        )


def _add_translations(join: Join, name: str, code: str, sources: list[Records]) -> None:
    for records in sources:
        for number, row in records.rows(_TRANSLATION.names()):
            entry = _TRANSLATION.entry(row, records, number)._replace(group=None)
            if entry.id not in join:
                raise LangmixError(f"{records.at(number)}id '{entry.id}' is no pair of corpus '{name}'")
            join.add(code, entry, records, number)
    if code not in join.languages:
        raise LangmixError(f"{sources[0].path}: has no rows")
    _TRANSLATION.check_found(sources)
