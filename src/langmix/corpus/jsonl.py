"""A user's own parallel texts: JSONL, Parquet, CSV or TSV, joined over languages by pair id."""

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from glob import escape, glob
from pathlib import Path

import numpy as np

from langmix.corpus.address import LANGUAGE, local
from langmix.corpus.columns import Columns
from langmix.corpus.join import Join
from langmix.corpus.records import Records
from langmix.corpus.split import in_validation
from langmix.corpus.stored import Content, stored
from langmix.corpus.table import TableCorpus
from langmix.errors import LangmixError
from langmix.languages import language, selected
from langmix.store import Store

Files = str | Path | Sequence[str | Path]

log = logging.getLogger(__name__)

LAYOUT = 2  # to be raised when the same sources come to be stored differently


def jsonl(
    name: str,
    files: Mapping[str, Files] | str | None,
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
        files: Files by language code: a path, ``hf://datasets/OWNER/NAME@COMMIT/FILE``, or a list of them, of which the
            first that has an id in the language is taken. Or one path with ``{language}`` in it. Either ``files`` or
            ``file`` is given, the other is None.
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
    sources = _sources(name, files, file, languages)
    return joined(name, sources, mapped, languages, store, validation_fraction, split)


def joined(
    name: str,
    sources: Sequence[tuple[str | None, Records]],
    columns: Columns,
    languages: Sequence[str] | None,
    store: Store,
    validation_fraction: float,
    split: str,
) -> TableCorpus:
    """One split of a corpus from rows, or from the store where they have been read before.

    Args:
        name: What tables and runs call the corpus.
        sources: Rows in order, each with their language (None: told row by row).
        columns: What is in which column.
        languages: As for `jsonl`; likewise the others.
        store: Where the corpus is kept.
        validation_fraction: Share to hold out.
        split: "train" or "validation".

    Raises:
        LangmixError: As for `jsonl`.
    """
    if not isinstance(validation_fraction, int | float) or not 0 <= validation_fraction <= 1:
        raise LangmixError(f"corpus '{name}': validation_fraction={validation_fraction} has to be from 0 to 1")
    key = {
        "layout": LAYOUT,
        "columns": asdict(columns),
        "languages": list(languages) if languages is not None else None,
        "validation_fraction": validation_fraction,
        "sources": [[code, records.path.suffixes, records.content_hash()] for code, records in sources],
    }
    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    read = partial(_read, name, sources, columns, languages, validation_fraction)
    return stored(store.corpora / digest[:32], name, split, read)


def _sources(
    name: str, files: Mapping[str, Files] | str | None, file: str | Path | None, languages: Sequence[str] | None
) -> list[tuple[str | None, Records]]:
    """The files to read, in order, each with its language (None: told row by row)."""
    if bool(files) == bool(file):
        given = "both are given" if file else "neither is given"
        raise LangmixError(
            f"corpus '{name}': give either corpus.files={{en: PATH, fi: PATH}} (a file per language) or corpus.file="
            f"PATH (a file with a language column); {given}"
        )
    if languages is not None:
        selected(languages, f"corpus '{name}': ")
    if file:
        return [(None, Records(local(file)))]
    found = _by_language(name, files or {}, languages)
    for code in found:
        language(code, f"corpus '{name}': corpus.files: ")
    for code in languages or []:
        if code not in found:
            raise LangmixError(
                f"corpus '{name}': language '{code}' is asked for, but has no file (has: {' '.join(found)})"
            )
    return [(code, Records(local(path))) for code in languages or found for path in found[code]]


def _by_language(
    name: str, files: Mapping[str, Files] | str, languages: Sequence[str] | None
) -> dict[str, list[str | Path]]:
    """Files by language code, those found where one path stands for all."""
    if isinstance(files, Mapping):
        found = {code: [given] if isinstance(given, str | Path) else list(given or []) for code, given in files.items()}
        for code, paths in found.items():
            if not paths or not all(paths):
                raise LangmixError(f"corpus '{name}': corpus.files.{code} names no file")
        return found
    if not isinstance(files, str) or files.count(LANGUAGE) != 1:
        raise LangmixError(
            f"corpus '{name}': corpus.files={files} has to be a mapping like {{en: PATH, fi: PATH}}, or one path with "
            f"{LANGUAGE} in it"
        )
    if languages is not None:
        return {code: [files.replace(LANGUAGE, code)] for code in languages}
    before, after = files.split(LANGUAGE)
    matching = sorted(glob(f"{escape(before)}*{escape(after)}"))  # noqa: PTH207  # the code may be part of a folder's name
    if not matching:
        raise LangmixError(f"corpus '{name}': corpus.files={files}: there is no such file")
    return {path[len(before) : len(path) - len(after)]: [path] for path in matching}


def _read(
    name: str,
    sources: Sequence[tuple[str | None, Records]],
    columns: Columns,
    languages: Sequence[str] | None,
    validation_fraction: float,
) -> Content:
    join = Join()
    for place, (code, records) in enumerate(sources):
        number, passed_over = 0, 0
        # Ids that an earlier file of the language has are taken from there.
        known = join.ids(code) if code in [each for each, _ in sources[:place]] else frozenset()
        for number, row in records.rows(columns.names()):
            spoken = code or columns.language_of(row, records, number)
            if languages is not None and spoken not in languages:
                continue
            entry = columns.entry(row, records, number)
            if entry.id in known:
                passed_over += 1
            else:
                join.add(spoken, entry, records, number)
        if not number:
            raise LangmixError(f"{records.path}: has no rows")
        if passed_over:
            log.info("%s: %d ids of %s are in an earlier file of '%s'", name, passed_over, records.path.name, code)
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
