"""A corpus in, the same corpus with more languages out."""

import gzip
import json

import numpy as np
import pytest

from langmix.corpus.combined import CombinedCorpus
from langmix.errors import LangmixError
from langmix.translation.given import Given
from langmix.translation.report import facts, html
from langmix.translation.result import ANSWER, UNTRANSLATED
from langmix.translation.routes import routes
from langmix.translation.run import Translation
from langmix.translation.writing import write

from .samples import Marked, corpus, pairs


def written_rows(folder, code):
    with gzip.open(folder / f"{code}.jsonl.gz", "rt") as file:
        return {row["id"]: row for row in map(json.loads, file)}


def written(folder, corpora, target, translator=None, limits=None, references=0, source=None):
    found = routes(target, source, corpora[0].languages)
    translation = Translation(corpora, found, translator or Marked(), folder / "kept", references)
    translation.translate()
    (folder / "out").mkdir(exist_ok=True)
    return folder / "out", write(translation, folder / "out", limits or {}), translation


def test_languages_join_by_id_and_what_is_there_stays(tmp_path):
    german = [{"id": "p1", "group": "g0", "query": "wo ist ort 1?", "passage": "ort 1 ist in stadt 1."}]
    mine = corpus(tmp_path, {"en": pairs(4), "de": [*german, {"id": "p2", "group": "g1", "query": "wo ist ort 2?"}]})
    out, results, _ = written(tmp_path, [mine], ["de", "en->de->es"])
    english, german_rows, spanish = written_rows(out, "en"), written_rows(out, "de"), written_rows(out, "es")
    assert english == {row["id"]: row for row in pairs(4)}
    assert german_rows["p1"] == german[0]
    assert german_rows["p2"]["query"] == "wo ist ort 2?"
    assert german_rows["p2"]["passage"] == "de(place 2 is in town 2.)"
    assert spanish["p1"]["query"] == "es(de(where is place 1?))"
    assert [row["group"] for row in spanish.values()] == ["g0", "g0", "g1", "g1"]
    assert [(each.given, each.translated, each.outcome.kept) for each in results] == [(1, 3, 3), (0, 4, 4)]


def test_every_split_and_every_part_is_translated(tmp_path):
    splits = [corpus(tmp_path, {"en": pairs(30)}, split=split, fraction=0.2) for split in ("train", "validation")]
    out, _, _ = written(tmp_path, splits, ["es"])
    assert set(written_rows(out, "es")) == {f"p{n}" for n in range(30)}
    parts = {"a": corpus(tmp_path / "a", {"en": pairs(3)}), "b": corpus(tmp_path / "b", {"en": pairs(3, 3)})}
    out, _, _ = written(tmp_path / "both", [CombinedCorpus("both", ("en",), parts, "f")], ["es"])
    assert set(written_rows(out, "es")) == {"a:p0", "a:p1", "a:p2", "b:p3", "b:p4", "b:p5"}


def test_equal_texts_are_translated_once_and_nothing_twice(tmp_path):
    twice = [{**row, "passage": "the same passage."} for row in pairs(50)]
    mine = corpus(tmp_path, {"en": twice})
    translator = Marked(fails_at=20)
    with pytest.raises(KeyboardInterrupt):
        written(tmp_path, [mine], ["es"], translator)
    first = list(translator.asked)
    again = Marked()
    out, _, _ = written(tmp_path, [mine], ["es"], again)
    whole = {path.name: path.read_bytes() for path in out.iterdir()}
    assert 0 < len(again.asked) < 51
    assert len(set(first) | set(again.asked)) == 51
    other, _, _ = written(tmp_path / "other", [mine], ["es"])
    assert {path.name: path.read_bytes() for path in other.iterdir()} == whole


def test_a_step_of_one_route_may_come_later_in_another(tmp_path):
    spanish = [{"id": "s1", "group": "s", "query": "¿dónde?", "passage": "aquí."}]
    mine = corpus(tmp_path, {"en": pairs(2), "es": spanish})
    out, results, _ = written(tmp_path, [mine], ["es->pt", "en->ca->es->fr", "en->fr->pt->it"])
    assert written_rows(out, "fr")["p0"]["query"] == "fr(es(ca(where is place 0?)))"
    assert written_rows(out, "it")["p1"]["query"] == "it(pt(fr(where is place 1?)))"
    assert not any(each.faults for each in results)


def test_a_text_that_is_lost_takes_its_row(tmp_path):
    some = pairs(3)
    some[1]["passage"] = "this is LOST."
    out, results, _ = written(tmp_path, [corpus(tmp_path, {"en": some})], ["es"])
    assert set(written_rows(out, "es")) == {"p0", "p2"}
    assert results[0].faults == {UNTRANSLATED: 1}
    with gzip.open(out / "dropped.jsonl.gz", "rt") as file:
        assert [json.loads(line)["reason"] for line in file] == [UNTRANSLATED]


def test_gates_drop_rows_and_the_page_says_so(tmp_path):
    some = pairs(40)
    some[3]["passage"] = "ALL OF THIS IS UNKNOWN <script>"
    mine = corpus(tmp_path, {"en": some})
    out, results, translation = written(tmp_path, [mine], ["es", "es->pt"][:1], limits={"unknown": 0.3})
    assert "p3" not in written_rows(out, "es")
    assert results[0].outcome.dropped == {"unknown": 1}
    page = html("mine <corpus>", results)
    assert "<script>" not in page
    assert "mine &lt;corpus&gt;" in page
    assert "≤ 0.3, 1 dropped" in page
    told = json.loads(facts(translation, results))["targets"][0]
    assert (told["route"], told["translated"], told["kept"], told["dropped"]) == ("en->es", 40, 39, {"unknown": 1})


def test_translations_are_scored_by_what_is_there(tmp_path):
    spanish = [{**row, "query": f"es({row['query']})"} for row in pairs(10)]
    mine = corpus(tmp_path, {"en": pairs(12), "es": spanish})
    _, results, _ = written(tmp_path, [mine], ["es"], references=4)
    query, passage = results[0].scores
    assert (query.texts, round(query.chrf, 6), round(query.bleu, 6)) == (4, 100.0, 100.0)
    assert passage.texts == 4
    assert passage.chrf < 100
    assert results[0].translated == 2


def test_answers_survive_by_sentences(tmp_path):
    some = [
        {"id": "a", "group": "a", "query": "q?", "passage": "One is red. Two is blue. Three.", "told": "Two is blue."},
        {"id": "b", "group": "a", "query": "r?", "passage": "One is red. Two is blue. Three.", "told": "one  is red."},
        {"id": "c", "group": "c", "query": "s?", "passage": "Nothing here.", "told": "an altogether other text"},
    ]
    mine = corpus(tmp_path, {"en": some}, answer="told")
    translator = Marked()
    out, results, _ = written(tmp_path, [mine], ["es"], translator)
    spanish = written_rows(out, "es")
    assert spanish["a"]["passage"] == "es(One is red.) es(Two is blue.) es(Three.)"
    assert spanish["a"]["answer"] == "es(Two is blue.)"
    assert spanish["b"]["answer"] == "es(One is red.)"
    assert results[0].faults == {ANSWER: 1}
    assert written_rows(out, "en")["a"]["answer"] == "Two is blue."
    assert sorted(translator.asked).count("One is red. ") == 1


def test_answers_survive_in_passages_translated_elsewhere(tmp_path):
    passage = "The short one. The second sentence is a good deal longer than that. End here."
    mine = corpus(
        tmp_path,
        {"en": [{"id": "a", "query": "q?", "passage": passage, "group": "a", "told": "End here."}]},
        answer="told",
    )
    made = tmp_path / "es.jsonl"
    spanish = "La corta. La segunda frase es bastante más larga que aquella otra. Fin aquí."
    made.write_text(json.dumps({"id": "a", "query": "¿q?", "passage": spanish}))
    out, _, _ = written(tmp_path, [mine], ["es"], Given({"es": made}))
    assert written_rows(out, "es")["a"] == {
        "id": "a",
        "group": "a",
        "query": "¿q?",
        "passage": spanish,
        "answer": "Fin aquí.",
    }


def test_costs_are_of_what_is_left(tmp_path):
    mine = corpus(tmp_path, {"en": pairs(500)})
    translation = Translation([mine], routes(["es", "en->es->pt"], None, ["en"]), Marked(), tmp_path / "kept", 0)
    first, second = translation.costs()
    assert (first.hop, first.texts, second.hop, second.texts) == (("en", "es"), 1000, ("es", "pt"), 1000)
    assert second.characters == pytest.approx(first.characters * (1 + 4 * 1000 / first.characters), rel=0.01)
    assert first.seconds == first.characters / first.rate / 2
    translation.translate()
    assert [cost.texts for cost in translation.costs()] == [0, 0]


@pytest.mark.parametrize(
    ("target", "source", "said"),
    [
        ("es", None, "has to be a list such as"),
        ([], None, "has to be a list such as"),
        (["es", "en->de->es"], None, "names 'es' twice"),
        (["en"], None, "translates 'en' to itself"),
        (["en->es->en"], None, "goes through a language twice"),
        (["fr->es"], None, r"translates from 'fr', which the corpus lacks \(has: en de\)"),
        (["es"], "fr", "translates from 'fr', which the corpus lacks"),
        (["spanish"], None, "unknown language 'spanish'"),
        ([False], None, '"no" for Norwegian'),
        (["en->"], None, "unknown language ''"),
    ],
)
def test_targets_that_cannot_be(target, source, said):
    with pytest.raises(LangmixError, match=said):
        routes(target, source, ["en", "de"])


def test_a_direction_that_the_translator_lacks(tmp_path):
    mine = corpus(tmp_path, {"en": pairs(1)})
    with pytest.raises(LangmixError, match="does not know 'zu'"):
        Translation([mine], [("en", "zu")], Marked(), tmp_path / "kept", 0)


@pytest.mark.parametrize(
    ("rows_given", "said"),
    [
        ([{"id": "other", "query": "x", "passage": "y"}], r"es\.jsonl, line 1: id 'other' is no pair of corpus 'mine'"),
        ([{"id": "p0", "query": "x"}, {"id": "p0", "query": "z"}], r"line 2: id 'p0' a second time, first in line 1"),
        ([{"id": "p0", "query": " "}], "is an empty text"),
        ([{"id": "p0", "querry": "x"}], "no row has column 'query'"),
    ],
)
def test_files_of_translations_that_cannot_be(tmp_path, rows_given, said):
    mine = corpus(tmp_path, {"en": pairs(2)})
    made = tmp_path / "es.jsonl"
    made.write_text("".join(json.dumps(row) + "\n" for row in rows_given))
    with pytest.raises(LangmixError, match=said):
        Given({"es": made}).check("en", "es", [mine])
    with pytest.raises(LangmixError, match="has no file for 'fr' \\(has: es\\)"):
        Given({"es": made}).check("en", "fr", [mine])


def test_a_text_that_a_file_lacks_is_not_there(tmp_path):
    mine = corpus(tmp_path, {"en": pairs(2)})
    made = tmp_path / "es.jsonl"
    made.write_text(json.dumps({"id": "p1", "query": "¿?", "passage": "¡!"}))
    out, results, _ = written(tmp_path, [mine], ["es"], Given({"es": made}))
    assert set(written_rows(out, "es")) == {"p1"}
    assert results[0].faults == {UNTRANSLATED: 1}
    assert np.isclose(results[0].outcome.kept, 1)
