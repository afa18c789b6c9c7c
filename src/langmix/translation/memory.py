"""What has been translated, kept by what translated it: a text is never translated twice, whoever was killed when."""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

from langmix.errors import LangmixError
from langmix.translation.translator import Translated

_SCHEMA = "CREATE TABLE IF NOT EXISTS translations (key BLOB PRIMARY KEY, text TEXT, unknown INTEGER) WITHOUT ROWID"
_ASKED = 500  # keys at a time


class Memory:
    """The translations of one translator in one direction, in an SQLite file.

    Args:
        folder: Where such files are.
        identity: What makes the translations, see `Translator.identity`.
        source: Language.
        target: Language.

    Raises:
        LangmixError: The file cannot be opened.
    """

    def __init__(self, folder: Path, identity: str, source: str, target: str) -> None:
        digest = hashlib.sha256(json.dumps([identity, source, target]).encode()).hexdigest()[:16]
        self.path = folder / f"{source}-{target}-{digest}.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = sqlite3.connect(self.path, timeout=600)
            self._file.execute("PRAGMA journal_mode=WAL")
            with self._file:
                self._file.execute(_SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise LangmixError(f"{self.path}: cannot be opened ({error})") from error

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def missing(self, texts: Iterable[str]) -> list[str]:
        """Those of ``texts`` that are not kept, each once."""
        distinct = {_key(text): text for text in texts}
        keys = list(distinct)
        for start in range(0, len(keys), _ASKED):
            for key, *_ in self._rows(keys[start : start + _ASKED]):
                del distinct[key]
        return list(distinct.values())

    def add(self, texts: Sequence[str], translations: Sequence[Translated]) -> None:
        """Keep the translations of ``texts``, all or none."""
        rows = [(_key(text), *each) for text, each in zip(texts, translations, strict=True)]
        with self._file:
            self._file.executemany("INSERT OR IGNORE INTO translations VALUES (?, ?, ?)", rows)

    def translations(self, texts: Iterable[str]) -> dict[str, Translated]:
        """The kept translations of ``texts``."""
        distinct = {_key(text): text for text in texts}
        keys, found = list(distinct), {}
        for start in range(0, len(keys), _ASKED):
            for key, text, unknown in self._rows(keys[start : start + _ASKED]):
                found[distinct[key]] = Translated(text, unknown)
        return found

    def _rows(self, keys: Sequence[bytes]) -> list[tuple[bytes, str | None, int | None]]:
        marks = ",".join("?" * len(keys))
        asked = f"SELECT key, text, unknown FROM translations WHERE key IN ({marks})"  # noqa: S608  # only marks
        with closing(self._file.execute(asked, keys)) as rows:
            return rows.fetchall()


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()
