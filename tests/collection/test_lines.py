"""Parallel lines as translation retrieval."""

import gzip

import numpy as np
import pytest

from langmix.collection.lines import lines, sib200, tatoeba
from langmix.errors import LangmixError


def test_every_line_asks_for_its_translations(tmp_path):
    (tmp_path / "en.txt").write_bytes(b'One.\r\nTwo "three.\r\n')  # as NTREX ends its lines
    (tmp_path / "de.txt.gz").write_bytes(gzip.compress(b"Eins.\nZwei."))
    collection = lines("mine", tmp_path / "{language}.txt", ["de", "en"])
    assert collection.query_texts == collection.candidate_texts == ["Eins.", "Zwei.", "One.", 'Two "three.']
    assert collection.query_ids == ["de/1", "de/2", "en/1", "en/2"]
    assert collection.query_questions == ["1", "2", "1", "2"]
    expected = [[0, 0], [0, 2], [1, 1], [1, 3], [2, 0], [2, 2], [3, 1], [3, 3]]
    np.testing.assert_array_equal(collection.relevant, expected)


def test_a_pivot_has_the_pairs_of_one_language(tmp_path):
    for code in ("de", "en", "sw"):
        (tmp_path / f"{code}.txt").write_text(f"A {code}.\nB {code}.\n", encoding="utf-8")
    path = tmp_path / "{language}.txt"
    every, some = (lines("mine", path, ["de", "en", "sw"], pivot) for pivot in (None, "en"))
    pairs = {(every.query_ids[query], every.candidate_ids[candidate]) for query, candidate in every.relevant}
    assert len(pairs) == 18
    left = {(some.query_ids[query], some.candidate_ids[candidate]) for query, candidate in some.relevant}
    assert pairs - left == {(f"{a}/{n}", f"{b}/{n}") for a, b in (("de", "sw"), ("sw", "de")) for n in (1, 2)}
    with pytest.raises(LangmixError, match=r"pivot=fr is none of the languages \(de en sw\)"):
        lines("mine", path, ["de", "en", "sw"], "fr")


@pytest.mark.parametrize(
    ("english", "message"),
    [
        (b"One.\n", "en.txt: has 1 lines, where de has 2: line n has to translate line n"),
        (b"One.\n \n", "en.txt, line 2: the line is empty"),
        (b"One.\n\xff\n", "en.txt, line 2: not UTF-8"),
        ("One.\nTwo.".encode("utf-16"), "en.txt, line 1: not UTF-8"),
    ],
)
def test_files_that_do_not_fit(tmp_path, english, message):
    (tmp_path / "en.txt").write_bytes(english)
    (tmp_path / "de.txt").write_text("Eins.\nZwei.\n", encoding="utf-8")
    with pytest.raises(LangmixError) as caught:
        lines("mine", tmp_path / "{language}.txt", ["de", "en"])
    assert message in str(caught.value)


def test_what_is_missing(tmp_path):
    with pytest.raises(LangmixError, match=r"write \{language\} where the code belongs"):
        lines("mine", tmp_path / "en.txt", ["de", "en"])
    with pytest.raises(LangmixError, match="no such file"):
        lines("mine", tmp_path / "{language}.txt", ["de", "en"])
    (tmp_path / "en.txt").write_text("One.", encoding="utf-8")
    with pytest.raises(LangmixError, match="translations are between languages; en is one"):
        lines("mine", tmp_path / "{language}.txt", ["en"])


def test_ntrex_as_published(data):
    languages = sorted(file.name.split(".")[0] for file in (data / "ntrex").glob("*.txt.gz"))
    assert len(languages) == 47
    collection = lines("ntrex", data / "ntrex" / "{language}.txt", ["en", "de", "yo"])
    assert len(collection.query_ids) == 3 * 1997
    assert len(collection.relevant) == 9 * 1997


def test_sib200_as_published(data):
    codes = {"en": "eng_Latn", "sw": "swh_Latn", "zh-Hans": "zho_Hans"}
    found = sib200("sib", data / "sib200", codes, "test")
    assert found.languages == tuple(codes)
    assert len(found.query_ids) == 3 * 204
    assert len(sib200("sib", data / "sib200", codes, "all").query_ids) == 3 * 1004


def test_sib200_that_cannot_be(tmp_path):
    head = "index_id\tcategory\ttext\tsplit\n"
    for code in ("eng_Latn", "fin_Latn"):
        rows = "".join(f'{n}\tscience\t"{code} {n}\ttest\n' for n in range(204))
        (tmp_path / f"{code}.tsv").write_text(head + rows)
    assert sib200("sib", tmp_path, {"en": "eng_Latn", "fi": "fin_Latn"}, "test").query_texts[0] == '"eng_Latn 0'
    (tmp_path / "fin_Latn.tsv").write_text(head + "0\tscience\ta\ttest\n")
    for codes, split, said in (
        (
            {"en": "eng_Latn", "fi": "fin_Latn"},
            "test",
            "fin_Latn.tsv: has 1 sentences of split test, published are",
        ),
        ({"en": "eng_Latn"}, "test", "translations are between languages; en is one"),
        ({"en": "eng_Latn", "fi": "fin_Latn"}, "valid", "split=valid has to be train, dev, test or all"),
        ({"en": "eng_Latn", "xx": "fin_Latn"}, "test", "unknown language 'xx'"),
        ({"en": "eng_Latn", "de": "deu_Latn"}, "test", "deu_Latn.tsv: no such file"),
    ):
        with pytest.raises(LangmixError) as caught:
            sib200("sib", tmp_path, codes, split)
        assert said in str(caught.value)


def test_tatoeba_as_published(data, tmp_path):
    found = tatoeba("tatoeba", data / "tatoeba", "de", "deu")
    assert (found.languages, len(found.query_ids)) == (("de", "en"), 2000)
    (tmp_path / "deu-eng.tsv").write_text("Hallo.\tHello.\nHallo.\n")
    with pytest.raises(LangmixError, match=r"deu-eng\.tsv, line 2: has to hold a text, a tab and its translation"):
        tatoeba("tatoeba", tmp_path, "de", "deu")
    with pytest.raises(LangmixError, match="each once"):
        tatoeba("tatoeba", tmp_path, "en", "eng")
