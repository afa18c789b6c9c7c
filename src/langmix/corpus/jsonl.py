"""A user's own parallel texts: JSONL, Parquet, CSV or TSV, joined over languages by pair id."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np

from langmix.corpus.columns import Columns
from langmix.corpus.hub import local
from langmix.corpus.join import Join
from langmix.corpus.records import Records
from langmix.corpus.split import in_validation
from langmix.corpus.stored import Content, stored
from langmix.corpus.table import TableCorpus
from langmix.errors import LangmixError
from langmix.languages import language, selected
from langmix.store import Store

LAYOUT = 2  # to be raised when the same sources come to be stored differently


def jsonl(
    name: str,
    files: Mapping[str, str | Path] | None,
    file: str | Path | None,
    columns: Mapping[str, str | None],
    languages: Sequence[str] | None,
    store: Store,
    validation_fraction: float,
    split: str = "train",
) -> TableCorpus:
    """One split of a corpus read from the user's files, or from the store where it has been read before.

    A row is one pair in one language. Rows of one id are the same pair in several languages; a row may lack the query
    or the passage (null or no such key; an empty cell of CSV and TSV), and a pair may lack a language. Pairs stand in
    the order in which they first come, file after file in the order of the languages. Texts are kept as they are.

    Args:
        name: What tables and runs call the corpus.
        files: One file per language, by language code, each a path or ``hf://datasets/OWNER/NAME@COMMIT/FILE``. Either
            ``files`` or ``file`` is given, the other is None.
        file: One file with a language column.
        columns: Name of the column that holds each of "id", "query", "passage", "group" (None: every pair is a group
            of its own), "language" (None unless ``file`` is given) and "negatives" (a list of passages that do not
            answer the query; None: there are none).
        languages: Languages to take, in this order; None: all, in the order in which they come.
        store: Where the corpus is kept.
        validation_fraction: Share to hold out for validation, by groups, from 0 to 1 (all); see `corpus.split`.
        split: "train" or "validation". No group has pairs in both.

    Raises:
        LangmixError: The arguments contradict each other or the data; a file is missing, damaged or of another
            format; a row lacks its id, repeats one, puts it in another group or holds something else than texts.
    """
    mapped = Columns.of(columns, one_file=bool(file))
    if not isinstance(validation_fraction, int | float) or not 0 <= validation_fraction <= 1:
        raise LangmixError(f"corpus '{name}': validation_fraction={validation_fraction} has to be from 0 to 1")
    sources = _sources(name, files, file, languages)
    key = {
        "layout": LAYOUT,
        "columns": asdict(mapped),
        "languages": list(languages) if languages is not None else None,
        "validation_fraction": validation_fraction,
        "sources": [[code, records.path.suffixes, records.content_hash()] for code, records in sources],
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    read = partial(_read, name, sources, mapped, languages, validation_fraction)
    return stored(store.corpora / digest[:32], name, split, read)


def _sources(
    name: str, files: Mapping[str, str | Path] | None, file: str | Path | None, languages: Sequence[str] | None
) -> list[tuple[str | None, Records]]:
    """The files to read, in order, each with its language (None: told row by row)."""
    if bool(files) == bool(file):
        given = "both are given" if file else "neither is given"
        raise LangmixError(
            f"corpus '{name}': give either corpus.files={{en: PATH, fi: PATH}} (a file per language) or corpus.file="
            f"PATH (a file with a language column); {given}"
        )
    if files and not isinstance(files, Mapping):
        raise LangmixError(f"corpus '{name}': corpus.files={files} has to be a mapping like {{en: PATH, fi: PATH}}")
    if languages is not None:
        selected(languages, f"corpus '{name}': ")
    for code in files or {}:
        language(code, f"corpus '{name}': corpus.files: ")
    if file:
        return [(None, Records(local(file)))]
    files = files or {}
    for code in languages or []:
        if code not in files:
            raise LangmixError(
                f"corpus '{name}': language '{code}' is asked for, but has no file (has: {' '.join(files)})"
            )
    for code, path in files.items():
        if not path:
            raise LangmixError(f"corpus '{name}': corpus.files.{code} names no file")
    return [(code, Records(local(files[code]))) for code in languages or files]


def _read(
    name: str,
    sources: list[tuple[str | None, Records]],
    columns: Columns,
    languages: Sequence[str] | None,
    validation_fraction: float,
) -> Content:
    join = Join()
    for code, records in sources:
        number = 0
        for number, row in records.rows(columns.names()):
            spoken = code or columns.language_of(row, records, number)
            if languages is None or spoken in languages:
                join.add(spoken, columns.entry(row, records, number), records, number)
        if not number:
            raise LangmixError(f"{records.path}: has no rows")
    columns.check_found([records for _, records in sources])
    for code in languages or []:
        if code not in join.languages:
            have = " ".join(join.languages)
            raise LangmixError(f"{sources[0][1].path}: no row of language '{code}', which is asked for (has: {have})")
    join.report(name)
    held_out = in_validation(join.groups, validation_fraction)
    order = np.concatenate([np.flatnonzero(~held_out), np.flatnonzero(held_out)])
    kept = tuple(languages or join.languages)
    return Content(join.schema(kept), join.batches(kept, order), int(np.count_nonzero(~held_out)), validation_fraction)
