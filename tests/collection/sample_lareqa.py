"""A data set of LAReQA's format that fits on a page: two languages, two paragraphs, three questions."""

import json


def spans(context, sentences):
    """Character spans of the sentences, which stand in the context in this order."""
    found, start = [], 0
    for sentence in sentences:
        start = context.index(sentence, start)
        found.append([start, start + len(sentence)])
        start += len(sentence)
    return found


def paragraph(sentences, questions, gap=" "):
    """A paragraph; ``questions`` are (id, question, answer)."""
    context = gap.join(sentences)
    qas = [
        {"id": key, "question": question, "answers": [{"text": answer, "answer_start": context.index(answer)}]}
        for key, question, answer in questions
    ]
    return {"context": context, "sentence_breaks": spans(context, sentences), "qas": qas}


def sample():
    """The files' content by language."""
    english = [
        paragraph(
            ["The Nile is long.", "It flows north.", "It flows north."],
            [("q1", "Where does the Nile flow?", "north"), ("q2", "Is the Nile long?", "long. It")],
        ),
        paragraph(["Sahara means desert."], [("q3", "What does Sahara mean?", "desert")]),
    ]
    chinese = [
        paragraph(
            ["尼罗河很长。", "它向北流。"], [("q1", "尼罗河流向哪里?", "北"), ("q2", "尼罗河长吗?", "长")], gap=""
        ),
    ]
    return {
        "en": {"data": [{"title": "Nile", "paragraphs": english[:1]}, {"paragraphs": english[1:]}], "version": 1.0},
        "zh": {"data": [{"title": "尼罗河", "paragraphs": chinese}], "version": 1.0},
    }


def write(folder, content):
    """Write the files of a data set, LANG.json each."""
    folder.mkdir(exist_ok=True)
    for language, tree in content.items():
        (folder / f"{language}.json").write_text(json.dumps(tree), encoding="utf-8")
