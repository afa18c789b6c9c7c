"""Translators and corpora for tests."""

import json

from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.store import Store
from langmix.translation.translator import Translated

COLUMNS = {"id": "id", "query": "query", "passage": "passage", "group": "group"}


class Marked:
    """Puts the target before every text, and says that it knows all words but those in capitals."""

    characters = 200
    workers = 2

    def __init__(self, unit="text", fails_at=None):
        self.unit = unit
        self.asked = []
        self._fails_at = fails_at

    def check(self, source, target, corpora):
        if target == "zu":
            raise LangmixError("translator: does not know 'zu'")

    def identity(self, source, target):
        return f"marked {self.unit}"

    def translate(self, texts, source, target):
        self.asked += texts
        if self._fails_at is not None and len(self.asked) > self._fails_at:
            raise KeyboardInterrupt
        return [
            Translated(None if "LOST" in text else f"{target}({text.strip()})", sum(map(str.isupper, text.split())))
            for text in texts
        ]


def corpus(folder, languages, *, split="train", fraction=0.0, **columns):
    """A corpus of rows by language."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for code, rows in languages.items():
        files[code] = folder / f"{code}.jsonl"
        files[code].write_text("".join(json.dumps(row) + "\n" for row in rows))
    return jsonl("mine", files, None, COLUMNS | columns, None, Store.open(folder / "store"), fraction, split)


def pairs(count, start=0):
    """Rows with texts that differ."""
    return [
        {"id": f"p{n}", "group": f"g{n // 2}", "query": f"where is place {n}?", "passage": f"place {n} is in town {n}."}
        for n in range(start, start + count)
    ]
