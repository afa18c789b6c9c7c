"""Parallel texts that the library `datasets` reads."""

import json

import pytest
from datasets import Dataset

from langmix.corpus.hub import hub
from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.store import Store

COLUMNS = {"id": "id", "query": "query", "passage": "passage", "group": "group", "language": None}
ROWS = {
    "en": [{"id": row, "group": row // 2, "query": f"query {row}", "passage": f"passage {row}"} for row in range(6)],
    "fi": [{"id": row, "group": row // 2, "query": f"kysymys {row}", "passage": None} for row in range(1, 5)],
}


@pytest.fixture
def files(tmp_path):
    for code, rows in ROWS.items():
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / f"{code}.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def from_hub(files, **changes):
    arguments = {"path": files / "data", "rows": "{language}:train", "languages": ["fi", "en"], "columns": COLUMNS}
    return hub("mine", store=Store.open(files / "store"), validation_fraction=0.0, **arguments | changes)


def in_parquet(folder, code):
    (folder / code).mkdir(parents=True)
    Dataset.from_list(ROWS[code]).to_parquet(folder / code / "rows.parquet")


def in_json(folder, code):
    (folder / code).mkdir(parents=True)
    (folder / code / "train.jsonl").write_bytes((folder.parent / f"{code}.jsonl").read_bytes())


def saved(folder, code):
    Dataset.from_list(ROWS[code]).save_to_disk(folder / code)


@pytest.mark.parametrize("write", [in_parquet, in_json, saved])
def test_every_format_gives_the_rows_of_files(files, write):
    for code in ROWS:
        write(files / "data", code)
    expected = jsonl(
        "mine", str(files / "{language}.jsonl"), None, COLUMNS, ["fi", "en"], Store.open(files / "store"), 0.0
    )
    found = from_hub(files)
    assert found.languages == ("fi", "en")
    assert found.table.to_pylist() == expected.table.to_pylist()
    assert found.fingerprint == expected.fingerprint


def test_one_split_with_a_column_of_the_language(files):
    rows = [row | {"lang": code} for code in ROWS for row in ROWS[code]]
    Dataset.from_list(rows).save_to_disk(files / "data")
    found = from_hub(files, rows="train", languages=None, columns=COLUMNS | {"language": "lang"})
    assert found.languages == ("en", "fi")
    assert len(found) == 6


def test_the_same_rows_are_read_once_and_others_anew(files, caplog):
    in_json(files / "data", "en")
    first = from_hub(files, languages=["en"])
    again = from_hub(files, languages=["en"])
    assert first.fingerprint == again.fingerprint
    assert len(list((files / "store" / "corpora").glob("[!.]*"))) == 1
    (files / "data" / "en" / "train.jsonl").write_text(json.dumps(ROWS["en"][0]) + "\n", encoding="utf-8")
    assert len(from_hub(files, languages=["en"])) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"languages": None}, "corpus 'mine': corpus.languages is null: give the languages that {language} stands for"),
        ({"languages": ["sv"]}, "data/sv/train: datasets cannot load it (BuilderConfig 'sv' not found"),
        ({"rows": "{language}:dev"}, "data/fi/dev: datasets cannot load it (Bad split: dev"),
        ({"columns": COLUMNS | {"query": "question"}}, "data/fi/train: no row has column 'question'"),
        ({"columns": COLUMNS | {"id": "number"}}, "data/fi/train, row 1: no id: there is no column 'number'"),
        ({"path": None}, "a path is null"),
    ],
)
def test_what_is_wrong_is_told_in_a_line(files, changes, message):
    for code in ROWS:
        in_json(files / "data", code)
    with pytest.raises(LangmixError) as caught:
        from_hub(files, **changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_cut_off_is_told(files):
    in_parquet(files / "data", "en")
    path = files / "data" / "en" / "rows.parquet"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(LangmixError, match=r"data/en/train: (datasets cannot load it|cannot be read)") as caught:
        from_hub(files, languages=["en"])
    assert "\n" not in str(caught.value)
