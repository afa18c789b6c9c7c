"""Questions asked natively: read as published, and nothing in them parallel."""

import gzip
import json
import shutil

import pytest

from langmix.collection.native import native_qa
from langmix.errors import LangmixError


def test_counts_of_the_published_files(data):
    found = native_qa("native", data / "native_qa", ["th", "ar"])
    assert found.languages == ("th", "ar")
    assert len(found.query_ids) + found.unanswered == 739 + 702
    assert set(found.query_questions) == set(found.query_ids)  # none is asked twice
    answers = {(query, found.candidate_ids[candidate].partition("/")[0]) for query, candidate in found.relevant}
    assert all(found.query_ids[query].startswith(f"{code}/") for query, code in answers)
    assert len(found.candidate_ids) == 960 + 787


def test_paragraphs_of_the_part_to_choose_by(data):
    found = native_qa("native", data / "native_qa", ["th"], "choose", "paragraph")
    assert (len(found.query_ids), len(found.candidate_ids)) == (742, 190)


def test_what_cannot_be(data, tmp_path):
    with pytest.raises(LangmixError, match="part=test has to be report or choose"):
        native_qa("native", tmp_path, ["th"], "test")
    with pytest.raises(LangmixError, match="is null: give the folder"):
        native_qa("native", None, ["th"])
    with pytest.raises(LangmixError, match=r"part=choose has no 'ja' \(has: zh-Hant ar th fa\)"):
        native_qa("native", tmp_path, ["ja"], "choose")
    with pytest.raises(LangmixError, match=r"iapp_test\.jsonl: "):
        native_qa("native", tmp_path, ["th"])
    file = tmp_path / "iapp_test.jsonl.gz"
    shutil.copy(data / "native_qa" / "iapp_test.jsonl.gz", file)
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    file.write_bytes(gzip.compress(b"".join(lines[1:])))
    with pytest.raises(LangmixError, match="738 questions in th, published are 739"):
        native_qa("native", tmp_path, ["th"])
    row = json.loads(lines[0]) | {"answers": {"text": ["x"], "answer_start": []}}
    file.write_bytes(gzip.compress(json.dumps(row).encode()))
    with pytest.raises(LangmixError, match="as many texts as whole numbers"):
        native_qa("native", tmp_path, ["th"])
