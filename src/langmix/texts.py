"""What a text from outside holds to the eye, and how it is shown on one line."""

import re
import unicodedata

_CONCATENATING = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"
"""Format characters that are drawn, such as ARABIC END OF AYAH (Unicode's Prepended_Concatenation_Mark)."""

_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""Letters, marks and symbols that are not drawn: Unicode's Default_Ignorable_Code_Point, and BRAILLE PATTERN BLANK."""

# Controls, line and paragraph separators, overrides of the direction of writing, halves of surrogate pairs. Marks of
# direction and joiners stay: texts in Persian, Hebrew or Hindi are written with them.
_DISTURBING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def is_empty(text: str) -> bool:
    """Whether nothing of a text can be seen: it holds white space, controls, format and other ignorable characters."""
    return not any(map(_visible, text))


def _visible(character: str) -> bool:
    category = unicodedata.category(character)
    if category[0] == "Z" or category == "Cc":
        return False
    if category == "Cf":
        return character in _CONCATENATING
    return not _IGNORABLE.match(character)


def has_word(text: str) -> bool:
    """Whether a text holds a letter or a digit; one of full stops alone does not."""
    return any(map(str.isalnum, text))


def one_line(text: str) -> str:
    r"""A text as it can be printed anywhere: what would break its line or garble it stands as an escape like ``\n``."""
    return _DISTURBING.sub(lambda found: found[0].encode("unicode_escape", "surrogatepass").decode("ascii"), text)
