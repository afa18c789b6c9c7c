"""Real parallel data: what is joined is what the publishers' coverage tables say."""

import numpy as np
import pytest

from langmix.corpus.jsonl import jsonl
from langmix.store import Store

COLUMNS = {"id": "id", "query": "question", "passage": "passage", "group": None, "language": None}


def coverage(path):
    """Tables of a coverage file: each [rows by language][columns by language], in their order."""
    tables, header = [{}], []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if line.startswith("#"):
            tables.append({})
        elif not cells[1].isdigit():
            header = cells[1:]
        else:
            tables[-1][cells[0]] = dict(zip(header, map(int, cells[1:]), strict=True))
    return [table for table in tables if table]


@pytest.fixture(scope="module")
def squad(data, tmp_path_factory):
    files = {"en": "en_bt", "fi": "fi", "ur": "ur"}
    paths = {language: data / "squad_parallel" / f"{name}.jsonl.gz" for language, name in files.items()}
    store = Store(tmp_path_factory.mktemp("store"))
    columns = COLUMNS | {"group": "para_id"}
    return [jsonl("squad", paths, None, columns, None, store, 0.02, split) for split in ("train", "validation")]


def test_squad_parallel_is_complete_in_three_languages(squad, data):
    (expected,) = coverage(data / "squad_parallel" / "coverage.tsv")
    train, validation = squad
    assert len(train) + len(validation) == expected["en_bt"]["ur"] == expected["fi"]["fi"] == 86_821
    for corpus in squad:
        assert corpus.has("query").all()
        assert corpus.has("passage").all()


def test_squad_parallel_validation_holds_about_two_percent_of_the_paragraphs(squad):
    train, validation = (set(corpus.table.column("group").to_pylist()) for corpus in squad)
    assert not train & validation
    assert len(validation) / (len(train) + len(validation)) == pytest.approx(0.02, abs=0.004)


def test_mlqa_test_parallel_covers_what_its_table_says(data, tmp_path):
    folder = data / "mlqa_test_parallel"
    languages = ["de", "es", "zh", "vi", "ar", "hi"]
    paths = {language: folder / f"{language}.jsonl.gz" for language in languages}
    corpus = jsonl("mlqa", paths, None, COLUMNS, None, Store(tmp_path), 0.0)
    query, passage = (corpus.has(side).astype(int) for side in ("query", "passage"))
    found = (query.T @ passage, query.T @ query, passage.T @ passage)
    for counts, table in zip(found, coverage(folder / "coverage.tsv"), strict=True):
        expected = [[table[row][column] for column in languages] for row in languages]
        np.testing.assert_array_equal(counts, expected)
