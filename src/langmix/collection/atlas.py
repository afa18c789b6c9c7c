"""The test split of the atlas as a collection."""

import json
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from langmix.atlas import LANGUAGES, items, selected
from langmix.collection.collection import Collection


def atlas(languages: Sequence[str] | None = None) -> Collection:
    """Questions about facts of Unicode CLDR, each answered by one passage in every language (see `langmix.atlas`).

    Args:
        languages: Codes of the languages, in the order of the collection; all of the atlas by default.

    Raises:
        LangmixError: A language does not exist in the atlas.
    """
    chosen = LANGUAGES if languages is None else selected(languages)
    questions = items("test")
    passages = {item.passage_id: item.passages for item in questions}
    row = {passage_id: index for index, passage_id in enumerate(passages)}
    n_languages, n_questions, n_passages = len(chosen), len(questions), len(passages)

    answers = np.array([row[item.passage_id] for item in questions], dtype=np.int64)
    query = np.repeat(np.arange(n_languages * n_questions, dtype=np.int64), n_languages)
    offsets = np.arange(n_languages, dtype=np.int64) * n_passages
    relevant = np.stack([query, (np.tile(answers, n_languages)[:, None] + offsets).ravel()], axis=1)

    query_ids = [f"{language}/{item.id}" for language in chosen for item in questions]
    query_texts = [item.questions[language] for language in chosen for item in questions]
    candidate_ids = [f"{language}/{passage_id}" for language in chosen for passage_id in passages]
    candidate_texts = [texts[language] for language in chosen for texts in passages.values()]
    content = ["atlas", chosen, query_ids, query_texts, candidate_ids, candidate_texts, relevant.tolist()]
    return Collection(
        name="atlas",
        languages=chosen,
        query_ids=query_ids,
        query_questions=[item.id for _ in chosen for item in questions],
        query_languages=np.repeat(np.arange(n_languages, dtype=np.int64), n_questions),
        query_texts=query_texts,
        candidate_ids=candidate_ids,
        candidate_languages=np.repeat(np.arange(n_languages, dtype=np.int64), n_passages),
        candidate_texts=candidate_texts,
        relevant=relevant,
        fingerprint=sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest(),
        query_paragraphs=[item.passage_id for _ in chosen for item in questions],
    )
