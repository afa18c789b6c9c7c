"""A few rows of each published set, in its exact format."""

import json

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
