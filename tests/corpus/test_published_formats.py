"""Each published set, from a small file in its exact format."""

import gzip
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from langmix.corpus.published.duorc import duorc
from langmix.corpus.published.entity_questions import entity_questions
from langmix.corpus.published.mfaq import mfaq
from langmix.corpus.published.mr_tydi import mr_tydi
from langmix.corpus.published.natural_questions import natural_questions
from langmix.corpus.published.newsqa import newsqa
from langmix.corpus.published.squad import squad
from langmix.corpus.published.wikiqa import wikiqa
from langmix.corpus.published.yahoo_qa import yahoo_qa
from langmix.errors import LangmixError
from tests.corpus.user_files import grouping

WIKIQA = """QuestionID\tQuestion\tDocumentID\tDocumentTitle\tSentenceID\tSentence\tLabel
Q1\thow are glacier caves formed?\tD1\tGlacier cave\tD1-0\tA partly submerged glacier cave.\t0
Q1\thow are glacier caves formed?\tD1\tGlacier cave\tD1-3\tA "glacier cave" is formed within ice.\t1
Q1\thow are glacier caves formed?\tD1\tGlacier cave\tD1-4\tThey are often called ice caves.\t1
Q2\twho was the first?\tD2\tFirst\tD2-1\tShe was.\t1
"""

TYDI = [
    {
        "query_id": "1",
        "query": "When was quantum field theory developed?",
        "positive_passages": [
            {"docid": "25267#12", "title": "Quantum field theory", "text": "It began in the 1920s."},
            {"docid": "25267#13", "title": "", "text": "No title."},
        ],
        "negative_passages": [{"docid": "7#0", "title": "Other", "text": "Not it."}],
    },
    {
        "query_id": "7",
        "query": "Who wrote it?",
        "positive_passages": [{"docid": "9#1", "title": "T", "text": "She."}],
        "negative_passages": [],
    },
]

MFAQ = [
    {
        "domain": "example.org",
        "qa_pairs": [
            {"question": "Do I need a car?", "answer": "Yes.", "language": "en"},
            {"question": "Brauche ich ein Auto?", "answer": "Ja.", "language": "de"},
            {"question": "Empty?", "answer": " ", "language": "en"},
        ],
    },
    {"domain": "example.org", "qa_pairs": [{"question": "Where?", "answer": "Here.", "language": "en"}]},
    {"domain": "example.com", "qa_pairs": [{"question": "When?", "answer": "Now.", "language": "en"}]},
]

DUORC = [
    {
        "id": "/m/03vyhn",
        "title": "Ghosts of Mars",
        "plot": "200 years in the future, Mars has been colonized.",
        "qa": [
            {"id": "b440de7d", "question": "Where?", "answers": ["Mars"], "no_answer": False},
            {"id": "a9f95c0d", "question": "Who?", "answers": [], "no_answer": True},
            {"id": "f2b5a1c0", "question": "When?", "answers": ["in the future"], "no_answer": False},
        ],
    }
]

STORY = "First paragraph.\n\n\n\nMoninder was sentenced to death in February.\n\n\n\nLast one."
NEWSQA = {
    "version": "1",
    "data": [
        {
            "storyId": "./cnn/stories/42d01e.story",
            "type": "train",
            "text": STORY,
            "questions": [
                {"q": "What happened?", "consensus": {"s": STORY.index("sentenced"), "e": STORY.index("Last") - 2}},
                {"q": "No answer?", "consensus": {"noAnswer": True}},
                {"q": "Bad?", "consensus": {"badQuestion": True}},
                {"q": "Both?", "consensus": {"s": 6, "e": STORY.index(" was")}},
                {"q": "Which?", "consensus": {"s": STORY.index("Last"), "e": len(STORY)}},
            ],
        }
    ],
}

NQ_TEXT = 'Title <H1> Film </H1> <P> It opened in 2004 . </P> <Table> <Tr> <Td colspan="2"> x </Td> </Table>'


def nq(example_id, start, end, **changes):
    answer = {"start_token": start, "candidate_index": 0, "end_token": end}
    return {
        "document_text": NQ_TEXT,
        "long_answer_candidates": [{"start_token": 4, "top_level": True, "end_token": 11}],
        "question_text": "when did it open",
        "annotations": [{"yes_no_answer": "NONE", "long_answer": answer, "short_answers": [], "annotation_id": 5}],
        "document_url": "https://en.wikipedia.org//w/index.php?title=Film",
        "example_id": example_id,
    } | changes


YAHOO = [
    {"main_category": "Sports", "question": "How to swim?", "nbestanswers": ["Try."], "answer": "Try.", "id": "213773"},
    {"main_category": "Arts", "question": "How to paint?", "nbestanswers": ["Hm."], "answer": "Look first.", "id": "5"},
]

ENTITY = [
    {
        "question": "Where was X born?",
        "answers": ["Y"],
        "positive_ctxs": [{"title": "X", "text": "X was born in Y."}, {"title": "Z", "text": "Y."}],
        "negative_ctxs": [],
        "hard_negative_ctxs": [],
    },
    {"question": "Where was Q born?", "answers": ["R"], "positive_ctxs": []},
    {
        "question": "Where was S born?",
        "answers": ["Y"],
        "ctxs": [
            {"id": "1", "title": "A", "text": "no", "score": "80.1", "has_answer": False},
            {"id": "2", "title": "X", "text": "X was born in Y.", "score": "79.9", "has_answer": True},
        ],
    },
]


def squad_file(contexts):
    """Questions by paragraph, as XQuAD has them."""
    paragraphs = [
        {"context": context, "qas": [{"id": key, "question": f"{key}?", "answers": []} for key in keys]}
        for context, keys in contexts.items()
    ]
    return {"version": "1.1", "data": [{"title": "A", "paragraphs": [p]} for p in paragraphs]}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture
def load(tmp_path):
    """A corpus of files, each written as text, gzip or JSON."""

    def load(loader, translations=None, split="train", validation_fraction=0.0, **files):
        """``loader`` with files given as {language: (name, content)}."""
        paths = {}
        for code, (name, content) in {**files, **(translations or {})}.items():
            path = tmp_path / code / name
            path.parent.mkdir(exist_ok=True)
            text = content if isinstance(content, str) else json.dumps(content)
            path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())
            paths[code] = path
        return loader(
            name="set",
            files={code: paths[code] for code in files},
            translations={code: paths[code] for code in translations or {}},
            store=tmp_path / "store",
            validation_fraction=validation_fraction,
            split=split,
        )

    return load


def told(corpus):
    """Ids, groups and English texts."""
    rows = np.arange(len(corpus))
    english = np.full(len(corpus), corpus.languages.index("en"))
    sides = [corpus.texts(side, rows, english) for side in ("query", "passage")]
    return list(zip(corpus.ids(rows), grouping(corpus), *sides, strict=True))


def test_wikiqa(load):
    caves = "how are glacier caves formed?"
    assert told(load(wikiqa, en=("WikiQA-train.tsv", WIKIQA))) == [
        ("Q1/D1-3", 0, caves, 'A "glacier cave" is formed within ice.'),
        ("Q1/D1-4", 0, caves, "They are often called ice caves."),
        ("Q2/D2-1", 1, "who was the first?", "She was."),
    ]


def test_mr_tydi(load):
    question = "When was quantum field theory developed?"
    assert told(load(mr_tydi, en=("train.jsonl.gz", lines(TYDI)))) == [
        ("1/25267#12", 0, question, "Quantum field theory It began in the 1920s."),
        ("1/25267#13", 0, question, "No title."),
        ("7/9#1", 1, "Who wrote it?", "T She."),
    ]


def test_mfaq(load, caplog):
    assert told(load(mfaq, en=("train.jsonl", lines(MFAQ)))) == [
        ("1/0", 0, "Do I need a car?", "Yes."),
        ("2/0", 0, "Where?", "Here."),
        ("3/0", 1, "When?", "Now."),
    ]
    assert "set: left out 1 pairs in 'en' without a question or without a passage" in caplog.text


def test_duorc(load):
    plot = DUORC[0]["plot"]
    assert told(load(duorc, en=("SelfRC_train.json", DUORC))) == [
        ("b440de7d", 0, "Where?", plot),
        ("f2b5a1c0", 0, "When?", plot),
    ]


def test_newsqa(load):
    story = "./cnn/stories/42d01e.story"
    middle = "Moninder was sentenced to death in February."
    assert told(load(newsqa, en=("combined-newsqa-data-v1.json", NEWSQA))) == [
        (f"{story}/0", 0, "What happened?", middle),
        (f"{story}/3", 0, "Both?", f"First paragraph.\n\n\n\n{middle}"),
        (f"{story}/4", 0, "Which?", "Last one."),
    ]


def test_natural_questions(load):
    rows = [nq(5655493461695504401, 4, 11), nq(7, -1, -1), nq(8, 11, 16, document_url="other")]
    assert told(load(natural_questions, en=("simplified-nq-train.jsonl.gz", lines(rows))))[:1] == [
        ("5655493461695504401", 0, "when did it open", "It opened in 2004 ."),
    ]


def test_yahoo_qa(load, tmp_path):
    corpus = load(yahoo_qa, en=("nfL6.json", YAHOO))
    assert told(corpus) == [
        ("213773", 0, "How to swim?", "Try."),
        ("5", 1, "How to paint?", "Look first."),
    ]
    pq.write_table(pa.Table.from_pylist(YAHOO), tmp_path / "train.parquet")
    parquet = yahoo_qa(
        name="set",
        files={"en": tmp_path / "train.parquet"},
        translations=None,
        store=tmp_path / "store",
        validation_fraction=0,
    )
    assert parquet.fingerprint == corpus.fingerprint


def test_entity_questions(load, caplog):
    assert told(load(entity_questions, en=("P19.train.json", ENTITY))) == [
        ("P19.train/0", 0, "Where was X born?", "X X was born in Y."),
        ("P19.train/2", 0, "Where was S born?", "X X was born in Y."),
    ]
    assert "left out 1 pairs" in caplog.text


def test_entity_questions_as_published_have_no_passages(load):
    published = [{"question": "Where was X born?", "answers": ["Y"]}]
    with pytest.raises(LangmixError, match=r"P19.train.json: \[0\]: has no passages; .* retriever's output in DPR's"):
        load(entity_questions, en=("P19.train.json", published))


def test_squad_joins_languages_by_question(load):
    en, de = squad_file({"one": ["a", "b"], "two": ["c"]}), squad_file({"eins": ["b"], "zwei": ["c"], "drei": ["d"]})
    corpus = load(squad, en=("en.json", en), de=("de.json.gz", de))
    assert corpus.languages == ("en", "de")
    assert corpus.table.column("passage.de").to_pylist() == [None, "eins", "zwei", "drei"]
    assert grouping(corpus) == [0, 0, 1, 2]


def test_squad_groups_are_linked_over_languages(load):
    # Two English paragraphs are one in German, so all three questions belong together.
    en, de = squad_file({"one": ["a"], "two": ["b"], "three": ["c"]}), squad_file({"eins": ["a", "b"], "drei": ["c"]})
    assert grouping(load(squad, en=("en.json", en), de=("de.json", de))) == [0, 0, 1]


def test_impossible_questions_are_passed_over(load):
    content = squad_file({"one": ["a", "b"]})
    content["data"][0]["paragraphs"][0]["qas"][0]["is_impossible"] = True
    assert load(squad, en=("en.json", content)).ids(np.arange(1)) == ["b"]


def test_translations_are_joined_by_id(load):
    german = [
        {"id": "Q2/D2-1", "query": "wer?", "passage": "sie."},
        {"id": "Q1/D1-3", "query": "wie?", "passage": None},
    ]
    corpus = load(wikiqa, {"de": ("de.jsonl", lines(german))}, en=("WikiQA-train.tsv", WIKIQA))
    assert corpus.languages == ("en", "de")
    assert corpus.table.column("query.de").to_pylist() == ["wie?", None, "wer?"]
    assert corpus.table.column("passage.de").to_pylist() == [None, None, "sie."]
    assert grouping(corpus) == [0, 0, 1]


def test_a_translation_in_the_published_format(load):
    german = WIKIQA.replace("how are glacier caves formed?", "wie?").replace("They are often called ice caves.", "")
    corpus = load(wikiqa, en=("WikiQA-train.tsv", WIKIQA), de=("WikiQA-train.tsv", german))
    assert corpus.table.column("query.de").to_pylist() == ["wie?", "wie?", "who was the first?"]
    assert corpus.table.column("passage.de").to_pylist()[1] is None


def test_a_folder_is_all_its_files(load, tmp_path):
    load(entity_questions, en=("P19.train.json", ENTITY))
    (tmp_path / "en" / "P17.train.json").write_text(json.dumps(ENTITY))
    (tmp_path / "en" / ".hidden").write_text("no")
    corpus = entity_questions(
        name="set", files={"en": tmp_path / "en"}, translations=None, store=tmp_path, validation_fraction=0
    )
    assert corpus.ids(np.arange(4)) == ["P17.train/0", "P17.train/2", "P19.train/0", "P19.train/2"]


def test_splits_share_no_group_and_the_store_is_read_again(load):
    rows = [nq(number, 4, 11, document_url=f"u{number // 3}") for number in range(300)]
    splits = [
        load(natural_questions, split=split, validation_fraction=0.3, en=("nq.jsonl", lines(rows)))
        for split in ("train", "validation")
    ]
    groups = [{int(key) // 3 for key in corpus.ids(np.arange(len(corpus)))} for corpus in splits]
    assert not groups[0] & groups[1]
    assert len(groups[0] | groups[1]) == 100


@pytest.mark.parametrize(
    ("loader", "name", "content", "message"),
    [
        (wikiqa, "w.tsv", WIKIQA.replace("\t1\nQ2", "\t2\nQ2"), "w.tsv, line 4: Label has to be 0 or 1, not '2'"),
        (wikiqa, "w.tsv", WIKIQA.replace("SentenceID", "Sid"), "w.tsv: line 3: key 'SentenceID' is missing"),
        (wikiqa, "w.tsv", WIKIQA + "Q3\ttoo short\n", "w.tsv, line 6: 2 cells under a header of 7"),
        (wikiqa, "w.tsv", WIKIQA + WIKIQA.splitlines()[3] + "\n", "line 6: id 'Q1/D1-4' a second time in 'en'"),
        (mr_tydi, "t.jsonl", lines([*TYDI, {"query_id": "9"}]), "t.jsonl: line 3: key 'positive_passages' is missing"),
        (mr_tydi, "t.jsonl", lines(TYDI) + "{", "t.jsonl, line 3: not JSON"),
        (mr_tydi, "t.jsonl", lines([TYDI[0] | {"positive_passages": [3]}]), "line 1.positive_passages[0]: an object"),
        (mfaq, "m.jsonl", lines([{"domain": "d", "qa_pairs": {}}]), "m.jsonl: line 1: 'qa_pairs' has to be a list"),
        (mfaq, "m.jsonl", lines(MFAQ).replace('"en"', '"fr"'), "m.jsonl: has no pairs of language 'en'"),
        (duorc, "d.json", {"plot": 1}, "d.json: a list of objects is needed, not dict"),
        (duorc, "d.json", [{"plot": "p", "qa": [{"no_answer": "x"}]}], "d.json: [0].qa[0]: 'no_answer' has to be true"),
        (duorc, "d.json", "[{", "d.json: not JSON, or cut off"),
        (newsqa, "n.json", {"data": [{"questions": [{"q": "?"}]}]}, "n.json: data[0].questions[0]: key 'consensus'"),
        (
            newsqa,
            "n.json",
            {"data": [{"storyId": "s", "text": "abc", "questions": [{"q": "?", "consensus": {"s": 2, "e": 9}}]}]},
            "n.json: data[0].questions[0].consensus: characters 2 to 9 are not in a text of 3",
        ),
        (natural_questions, "q.jsonl", lines([nq(1, 4, 99)]), "line 1.annotations[0].long_answer: tokens 4 to 99"),
        (natural_questions, "q.jsonl", lines([nq(1, 4, 11, annotations=[])]), "q.jsonl: line 1: has no annotations"),
        (yahoo_qa, "y.json", [{"question": "?", "answer": "!"}], "y.json: [0]: key 'id' is missing"),
        (
            yahoo_qa,
            "y.json",
            [YAHOO[0], YAHOO[0]],
            "y.json, item 2: id '213773' a second time in 'en', first in item 1",
        ),
        (yahoo_qa, "y.json", '[{"id": "1", "question": "\\ud800", "answer": "a"}]', "y.json, item 1: not Unicode text"),
        (squad, "s.json", {"data": [{"paragraphs": [{"qas": [{}]}]}]}, "s.json: data[0].paragraphs[0].qas[0]: key"),
        (squad, "s.json", [], "s.json: an object is needed, not list"),
    ],
)
def test_malformed_files(load, loader, name, content, message):
    with pytest.raises(LangmixError, match=re.escape(message)) as caught:
        load(loader, en=(name, content))
    assert "\n" not in str(caught.value)


def test_other_ids(load):
    other = [{"id": "Q9/D9-1", "query": "wer?", "passage": "sie."}]
    with pytest.raises(LangmixError, match=r"de.jsonl, line 1: id 'Q9/D9-1' is no pair of corpus 'set'"):
        load(wikiqa, {"de": ("de.jsonl", lines(other))}, en=("WikiQA-train.tsv", WIKIQA))
    with pytest.raises(LangmixError, match=r"de.json: has no id in common with 'en'; the languages of a set share"):
        load(squad, en=("en.json", squad_file({"one": ["a"]})), de=("de.json", squad_file({"eins": ["b"]})))


def test_bad_arguments(load, tmp_path):
    def refused(message, **changes):
        arguments = {"name": "set", "files": None, "translations": None, "store": tmp_path, "validation_fraction": 0.0}
        with pytest.raises(LangmixError, match=message):
            wikiqa(**arguments | changes)

    refused(r"corpus 'set': files={} names no language; give the set as files={en: PATH}")
    refused("corpus 'set': files.en names no file", files={"en": None})
    refused("no.tsv: no such file", files={"en": tmp_path / "no.tsv"})
    refused("has to be a mapping", files="train.tsv")
    refused("unknown language 'xx'", files={"xx": tmp_path})
    refused("has to be from 0 to 1", validation_fraction=1.5, files={"en": "x"})
    (tmp_path / "w.tsv").write_text(WIKIQA)
    refused("'en' stands both", files={"en": tmp_path / "w.tsv"}, translations={"en": tmp_path / "w.tsv"})
    refused("needs a full commit hash", files={"en": "hf://datasets/o/n@main/w.tsv"})
    refused("not an address like hf://", files={"en": "hf://o/n/w.tsv"})
    refused(
        "the hub does not give it .*; download it and give its path",
        files={"en": f"hf://datasets/o/n@{'0' * 40}/w.tsv"},
    )


def test_xquad_is_parallel_by_question(data, tmp_path):
    files = {code: data / "xquad_r" / f"{code}.json.gz" for code in ("en", "de", "ar", "th")}
    corpus = squad(name="xquad", files=files, translations=None, store=tmp_path, validation_fraction=0.0)
    assert len(corpus) == 1190
    assert corpus.has("query").all()
    assert corpus.has("passage").all()
    assert len(set(grouping(corpus))) == 240


def test_mlqa_links_what_its_languages_put_together(data, tmp_path):
    files = {code: data / "mlqa_r" / f"{code}.json.gz" for code in ("en", "de", "es")}
    corpus = squad(name="mlqa", files=files, translations=None, store=tmp_path, validation_fraction=0.0)
    assert corpus.has("query").sum(axis=0).tolist() == [1148, 512, 500]
    for code in files:
        column = corpus.table.column(f"passage.{code}").to_pylist()
        by_passage = {}
        for text, group in zip(column, grouping(corpus), strict=True):
            if text is not None:
                by_passage.setdefault(text, set()).add(group)
        assert all(len(groups) == 1 for groups in by_passage.values())


def test_entity_questions_of_the_publisher(data, tmp_path):
    with pytest.raises(LangmixError, match="has no passages; EntityQuestions is published without"):
        entity_questions(
            name="eq",
            files={"en": data / "entityquestions" / "dev"},
            translations=None,
            store=tmp_path,
            validation_fraction=0.0,
        )
