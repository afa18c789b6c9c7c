"""Random multilingual test collections with ties, duplicates and missing languages."""

import numpy as np

from langmix.collection import Collection

LANGUAGES = ("ar", "de", "en")


def sample_collection(rng, questions=12, candidates=20, answers=(0, 1, 2), grades=None):
    """Questions in every language; each (question, language) has a number of relevant candidates from ``answers``.

    Their grades are drawn from ``grades``.
    """
    n = len(LANGUAGES)
    relevant = {
        (language * questions + question, corpus * candidates + candidate)
        for language in range(n)
        for question in range(questions)
        for corpus in range(n)
        for candidate in np.random.default_rng([question, corpus]).choice(
            candidates, size=int(np.random.default_rng([question, corpus, 7]).choice(answers)), replace=False
        )
    }
    drawn = np.random.default_rng(3).choice(grades, len(relevant)) if grades else None
    del rng
    return Collection(
        name="sample",
        languages=LANGUAGES,
        query_ids=[f"{lang}/q{i}" for lang in LANGUAGES for i in range(questions)],
        query_questions=[f"q{i}" for _ in LANGUAGES for i in range(questions)],
        query_languages=np.repeat(np.arange(n), questions),
        query_texts=[f"question {i} in {lang}" for lang in LANGUAGES for i in range(questions)],
        candidate_ids=[f"{lang}/c{i}" for lang in LANGUAGES for i in range(candidates)],
        candidate_languages=np.repeat(np.arange(n), candidates),
        candidate_texts=[f"passage {i} in {lang}" for lang in LANGUAGES for i in range(candidates)],
        relevant=np.array(sorted(relevant), dtype=np.int64).reshape(-1, 2),
        fingerprint="0" * 16,
        grades=drawn,
    )


def sample_embeddings(rng, collection, dim=4, levels=3):
    """Small integers: exact in floating point on any machine, and full of ties."""
    queries = rng.integers(-levels, levels + 1, (len(collection.query_ids), dim)).astype(np.float32)
    candidates = rng.integers(-levels, levels + 1, (len(collection.candidate_ids), dim)).astype(np.float32)
    return queries, candidates
