"""The best passages of many questions off an inverted index, compiled."""

import numba
import numpy as np


@numba.njit(nogil=True, cache=True)
def best(index, words, first_word, left_out, first_left_out, found):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """Write the best passages of each question to ``found [questions, k]``, best first, -1 where there are no more.

    A passage has to have a word of the question in it. Of passages that score the same, the first in the index is best.

    Args:
        index: Score that each word adds to the passages it is in: scores and passages ``[entries]``, where the entries
            of each word begin ``[words + 1]``, and the number of passages.
        words: Words of all questions, one question after the other.
        first_word: Where each question's begin, ``[questions + 1]``.
        left_out: Passages that are not to be found, one question after the other.
        first_left_out: Where each question's begin, ``[questions + 1]``.
        found: Is overwritten.
    """
    added, passages, first_entry, size = index
    k = found.shape[1]
    scores = np.empty(size, np.float32)
    kept_scores = np.empty(k, np.float32)
    for question in range(len(found)):
        scores[:] = 0
        for word in words[first_word[question] : first_word[question + 1]]:
            for entry in range(first_entry[word], first_entry[word + 1]):
                scores[passages[entry]] += added[entry]
        for passage in left_out[first_left_out[question] : first_left_out[question + 1]]:
            scores[passage] = 0
        kept = found[question]
        kept[:] = -1
        kept_scores[:] = 0
        for passage in range(size):
            score = scores[passage]
            if score <= kept_scores[k - 1]:
                continue
            place = k - 1
            while place > 0 and kept_scores[place - 1] < score:
                kept_scores[place] = kept_scores[place - 1]
                kept[place] = kept[place - 1]
                place -= 1
            kept_scores[place] = score
            kept[place] = passage
