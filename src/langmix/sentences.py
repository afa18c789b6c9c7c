"""Where a text can be cut into sentences."""

import re

# Signs that end a sentence whatever follows, as Unicode's Sentence_Terminal has them, and the full stop, which may not.
_END = re.compile(r"(?P<sign>[.!?。！？｡؟۔।॥።፧။…]+)[\"'”’»)\]」』）】]*(?P<space>\s*)|[\n\r\u0085\u2028\u2029]+\s*")


_AHEAD = 50  # characters behind a full stop in which the next letter is looked for


def spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence, without white space around it; together they hold all that can be seen.

    The rules of Unicode Standard Annex 29 (section 5) as far as they tell sentences of running text apart: a sentence
    ends behind a terminal sign and what closes after it, and at a line break. Behind a full stop it ends only where
    white space follows, and not where the next letter is a small one. Thai and Lao have no such signs: a text is cut at
    line breaks alone.
    """
    cuts = [0]
    for found in _END.finditer(text):
        if found["sign"] and not found["sign"].strip("."):
            following = next((each for each in text[found.end() : found.end() + _AHEAD] if each.isalpha()), "")
            if not found["space"] or following.islower():
                continue
        cuts.append(found.end())
    found_spans = []
    for start, end in zip(cuts, [*cuts[1:], len(text)], strict=True):
        part = text[start:end]
        if part.strip():
            found_spans.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
    return found_spans
