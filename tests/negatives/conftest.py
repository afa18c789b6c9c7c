import json

import numpy as np
import pyarrow as pa
import pytest

from langmix.corpus import TableCorpus

LANGUAGES = ("en", "de", "th")
ALPHABETS = {"en": "abcdefghij", "de": "klmnopqrst", "th": "กขคงจฉชซญด"}


def written(rng, language, words):
    # Few different words, so that the same ones occur everywhere.
    made = ("".join(rng.choice(list(ALPHABETS[language][:5]), 2)) for _ in range(words))
    return ("" if language == "th" else " ").join(made)


@pytest.fixture
def corpus():
    """60 pairs of 20 groups, a third of the texts missing; passages repeat, also from group to group."""
    rng = np.random.default_rng(0)
    pairs = 60
    columns = {"id": [str(i) for i in range(pairs)], "group": [f"g{n}" for n in rng.integers(20, size=pairs)]}
    for language in LANGUAGES:
        pool = [written(rng, language, rng.integers(4, 30)) for _ in range(40)]
        columns[f"query.{language}"] = [
            None if rng.random() < 0.3 else written(rng, language, rng.integers(1, 6)) for _ in range(pairs)
        ]
        columns[f"passage.{language}"] = [None if rng.random() < 0.3 else str(rng.choice(pool)) for _ in range(pairs)]
    columns["query.en"][7] = "nothing else has these letters: xyz"
    columns["passage.en"][3] = "?!"
    table = pa.table({name: pa.array(column, pa.string()) for name, column in columns.items()})
    return TableCorpus("made_up", LANGUAGES, table, "f" * 64)


@pytest.fixture
def write_jsonl(tmp_path):
    """Writes rows as JSON lines."""

    def write(name, rows):
        path = tmp_path / name
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path

    return write
