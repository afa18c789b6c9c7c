"""Translations that were made elsewhere, in files that are joined by id."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from langmix.corpus import ParallelCorpus
from langmix.corpus.address import local
from langmix.corpus.columns import Columns
from langmix.corpus.parallel import SIDES
from langmix.corpus.records import Records
from langmix.errors import LangmixError
from langmix.languages import language
from langmix.translation.translator import Translated, Unit

_COLUMNS = Columns(id="id", query="query", passage="passage", group=None, language=None)


class Given:
    """Looks translations up.

    Args:
        files: By target language, a file with the columns id, query and passage (JSONL, Parquet, CSV or TSV), where a
            missing text is null. The ids are those of the corpus. Where a text is translated twice, the first counts.
    """

    unit: Unit = "whole"
    characters = 1_000_000
    workers = 1

    def __init__(self, files: Mapping[str, str | Path] | None = None) -> None:
        if not isinstance(files, Mapping) or not files:
            raise LangmixError(f"translator.files={files}: has to be a mapping like {{de: PATH}}")
        for code in files:
            language(code, "translator.files: ")
        self._files = {code: Records(local(path)) for code, path in files.items()}
        self._translations: dict[tuple[str, str], dict[str, str]] = {}
        self._read_for: tuple[str, ...] = ()

    def check(self, source: str, target: str, corpora: Sequence[ParallelCorpus]) -> None:
        """See `Translator`; reads the file.

        Raises:
            LangmixError: There is no file of the language, or it has an id that the corpus lacks.
        """
        if target not in self._files:
            raise LangmixError(f"translator=file: has no file for '{target}' (has: {' '.join(self._files)})")
        if source not in corpora[0].languages:
            raise LangmixError(
                f"translator=file: '{source}->{target}' begins with no language of the corpus (has: "
                f"{' '.join(corpora[0].languages)}); files translate its own texts, so give a route of one step"
            )
        originals = {
            key: (corpus, row) for corpus in corpora for row, key in enumerate(corpus.ids(np.arange(len(corpus))))
        }
        records = self._files[target]
        found: dict[str, str] = {}
        seen: dict[str, int] = {}
        for number, row in records.rows(_COLUMNS.names()):
            entry = _COLUMNS.entry(row, records, number)
            if entry.id not in originals:
                raise LangmixError(f"{records.at(number)}id '{entry.id}' is no pair of corpus '{corpora[0].name}'")
            if entry.id in seen:
                raise LangmixError(
                    f"{records.at(number)}id '{entry.id}' a second time, first in {records.unit} {seen[entry.id]}"
                )
            seen[entry.id] = number
            corpus, place = originals[entry.id]
            at, of = np.array([place]), np.array([corpus.languages.index(source)])
            for side, text in zip(SIDES, entry.texts, strict=True):
                original = corpus.texts(side, at, of)[0]
                if text is not None and original is not None:
                    found.setdefault(original, text.decode())
        _COLUMNS.check_found([records])
        self._translations[source, target] = found
        self._read_for = tuple(corpus.fingerprint for corpus in corpora)

    def identity(self, source: str, target: str) -> str:
        """Hash of the file and of the corpus that its ids are of."""
        content = [self._files[target].content_hash(), *self._read_for]
        return f"file {hashlib.sha256(' '.join(content).encode()).hexdigest()}"

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translated]:
        """See `Translator`."""
        return [Translated(self._translations[source, target].get(text)) for text in texts]
