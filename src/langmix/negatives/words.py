"""Words of a text in any script, as BM25 counts them."""

import re
import unicodedata

# Scripts that put no space between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
_RUNS = re.compile(rf"(?P<unspaced>[{_UNSPACED}]+)|[^\s{_UNSPACED}]+")


class _Separators(dict[int, str]):
    """Maps what is neither letter, mark nor digit to a space; fills itself with the characters that occur."""

    def __missing__(self, point: int) -> str:
        character = chr(point)
        # Marks belong to words: `\w` would cut Hindi at its vowel signs.
        self[point] = character if unicodedata.category(character)[0] in "LMN" else " "
        return self[point]


_SEPARATORS = _Separators()


def words(text: str) -> list[str]:
    """The words of a text in their order: caseless, in Unicode's form NFKC, neither stemmed nor stopped.

    A run of letters, marks and digits is a word. In scripts without spaces between words (Chinese, Japanese, Thai, Lao,
    Khmer, Burmese) every two neighbouring characters of a run are one, which needs no dictionary and finds words of
    Chinese about as well as one does (Nie et al. 2000, "On the use of words and n-grams for Chinese information
    retrieval").
    """
    found: list[str] = []
    for run in _RUNS.finditer(unicodedata.normalize("NFKC", text).casefold().translate(_SEPARATORS)):
        word = run[0]
        if run["unspaced"] and len(word) > 2:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found
