"""Words of a text in any script, as BM25 counts them."""

import re
import unicodedata

# Scripts that put no space between words: Thai, Lao, Myanmar, Khmer, kana, Han.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff"
# Unicode's Default_Ignorable_Code_Point (DerivedCoreProperties.txt), but for the zero width space, which ends a word.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
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

    What a reader cannot see makes no other word: canonically equivalent texts have the same words, and soft hyphens,
    joiners and variation selectors count for nothing.

    A run of letters, marks and digits is a word. In scripts without spaces between words (Chinese, Japanese, Thai, Lao,
    Khmer, Burmese) every two neighbouring characters of a run are one, which needs no dictionary and finds words of
    Chinese about as well as one does (Nie et al. 2000, "On the use of words and n-grams for Chinese information
    retrieval").
    """
    found: list[str] = []
    for run in _RUNS.finditer(_folded(text).translate(_SEPARATORS)):
        word = run[0]
        if run["unspaced"] and len(word) > 2:
            found += [word[at : at + 2] for at in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def _folded(text: str) -> str:
    """The text without ignorable characters, caseless and composed."""
    folded = unicodedata.normalize("NFKC", _IGNORABLE.sub("", text)).casefold()
    # Turkish İ folds to an i with a second dot. Folding also takes letters apart that only the small letter has whole.
    return unicodedata.normalize("NFKC", folded.replace("i\u0307", "i"))
