"""XNLI as entailment retrieval."""

import gzip

import numpy as np
import pytest

from langmix.collection import xnli
from langmix.collection.xnli import xnli_entailment, xnli_translation
from langmix.errors import LangmixError

HEADER = "pairID\tpromptID\tgenre\tlabel\tpremise\thypothesis"
ROWS = {
    "en": [
        '1\t1\tfiction\tneutral\tHe said "home.\tHe called.',
        '2\t1\tfiction\tentailment\tHe said "home.\tHe spoke.',
        "3\t2\tfiction\tentailment\tIt rains.\tIt is wet.",
    ],
    "de": [
        "1\t1\tfiction\tneutral\tEr sagte daheim.\tEr rief an.",
        "2\t1\tfiction\tentailment\tEr sagte daheim.\tEr sprach.",
        "3\t2\tfiction\tentailment\tEs regnet.\tEs ist nass.",
    ],
}


def write(folder, rows=ROWS, split="test"):
    for code, lines in rows.items():
        (folder / f"{split}.{code}.tsv").write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return folder


@pytest.fixture
def two(monkeypatch):
    monkeypatch.setitem(xnli._PREMISES, "test", 2)


def test_hypotheses_that_follow_ask_for_their_premises(tmp_path, two):
    collection = xnli_entailment("entails", write(tmp_path), ["de", "en"])
    assert collection.query_texts == ["Er sprach.", "Es ist nass.", "He spoke.", "It is wet."]
    assert collection.candidate_ids == ["de/1", "de/2", "en/1", "en/2"]
    assert collection.candidate_texts[2] == 'He said "home.'
    assert collection.query_paragraphs == ["1", "2", "1", "2"]
    np.testing.assert_array_equal(collection.relevant, [[0, 0], [0, 2], [1, 1], [1, 3], [2, 0], [2, 2], [3, 1], [3, 3]])


def test_the_published_file_holds_the_same(tmp_path, two):
    own = xnli_entailment("entails", write(tmp_path), ["de", "en"])
    lines = ["language\tgold_label\tsentence1_parse\tsentence1\tsentence2\tpromptID\tpairID\tgenre"]
    for code, rows in ROWS.items():
        for row in rows:
            pair, prompt, genre, label, premise, hypothesis = row.split("\t")
            lines.append(f"{code}\t{label}\t( )\t{premise}\t{hypothesis}\t{prompt}\t{pair}\t{genre}")
    (tmp_path / "xnli.test.tsv").write_text("\n".join(lines), encoding="utf-8")
    for code in ROWS:
        (tmp_path / f"test.{code}.tsv").unlink()
    assert xnli_entailment("entails", tmp_path, ["de", "en"]).fingerprint == own.fingerprint


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ({"de": ROWS["de"][:2]}, "pairID '3' is in one of en and de alone"),
        ({"de": [*ROWS["de"], ROWS["de"][0]]}, "pairID '1' occurs twice"),
        (
            {"de": [*ROWS["de"][:2], "3\t1\tx\tentailment\tEs regnet.\tNass."]},
            "'3' has another promptID or label in de",
        ),
        (
            {"de": [*ROWS["de"][:1], "2\t1\tx\tentailment\tEr sang.\tLaut.", ROWS["de"][2]]},
            "promptID '1' has two premises",
        ),
        ({"de": ["1\t1\tfiction\tneutral\tA"]}, "test.de.tsv, line 2: 5 cells under a header of 6"),
        ({"de": []}, "no pair in language 'de'"),
    ],
)
def test_what_is_wrong_is_told(tmp_path, two, rows, message):
    with pytest.raises(LangmixError) as caught:
        xnli_entailment("entails", write(tmp_path, ROWS | rows), ["en", "de"])
    assert message in str(caught.value)


def test_other_counts_and_what_is_missing(tmp_path):
    with pytest.raises(LangmixError, match="en has 2 premises, published are 1670"):
        xnli_entailment("entails", write(tmp_path), ["en"])
    with pytest.raises(
        LangmixError, match=r"has neither xnli\.test\.tsv nor test\.fr\.tsv \(has: test\.de\.tsv test\.en\.tsv\)"
    ):
        xnli_entailment("entails", tmp_path, ["fr"])
    with pytest.raises(LangmixError, match=r"split=train has to be test \(to report\) or dev"):
        xnli_entailment("entails", tmp_path, ["en"], "train")
    with pytest.raises(LangmixError, match=r"dataset\.path is null"):
        xnli_entailment("entails", None, ["en"])


@pytest.mark.parametrize(("split", "premises"), [("dev", 830), ("test", 1670)])
def test_as_published(data, split, premises):
    languages = [file.name.split(".")[1] for file in sorted((data / "xnli").glob(f"{split}.*"))]
    collection = xnli_entailment("entails", data / "xnli", languages, split)
    assert len(collection.candidate_ids) == len(collection.query_ids) == premises * len(languages)
    assert len(collection.relevant) == premises * len(languages) ** 2
    assert collection.unanswered == 0
    with gzip.open(data / "xnli" / f"{split}.en.tsv.gz", "rt", encoding="utf-8") as file:
        assert sum("\tentailment\t" in line for line in file) == premises


def test_premises_ask_for_their_translations(tmp_path, two):
    collection = xnli_translation("translated", write(tmp_path), ["de", "en"])
    assert collection.query_ids == collection.candidate_ids == ["de/1", "de/2", "en/1", "en/2"]
    assert collection.query_texts == ["Er sagte daheim.", "Es regnet.", 'He said "home.', "It rains."]
    np.testing.assert_array_equal(collection.relevant, [[0, 0], [0, 2], [1, 1], [1, 3], [2, 0], [2, 2], [3, 1], [3, 3]])
    with pytest.raises(LangmixError, match="translations are between languages; en is one"):
        xnli_translation("translated", tmp_path, ["en"])
