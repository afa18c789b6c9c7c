"""Codes by which equal texts are told, however they are written."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from unicodedata import normalize

import numpy as np
import numpy.typing as npt

# Default_Ignorable_Code_Point of Unicode's DerivedCoreProperties: soft hyphens, joiners, direction marks, variation
# selectors and fillers, which are not seen.
_IGNORABLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]+"
)


def comparable(text: str) -> str:
    """What texts have in common that differ in case, compatibility forms, white space or unseen characters only.

    Unicode's NFKC and full case folding, without default-ignorable characters; runs of white space are one space, and
    none stands at the ends.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    seen = _IGNORABLE.sub("", text)
    # Folding undoes the form here and there, so it is taken before and after.
    return " ".join(normalize("NFKC", normalize("NFKC", seen).casefold()).split())


def text_codes(texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """Code of each text, ``[texts]``: 64 bits of a hash of what is `comparable` of it."""
    digests = (
        blake2b(comparable(text).encode("utf-8", "surrogatepass"), digest_size=8, person=b"text").digest()
        for text in texts
    )
    return np.frombuffer(b"".join(digests), "<i8").astype(np.int64)
