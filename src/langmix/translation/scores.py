"""How like a human's translations are."""

from collections.abc import Sequence
from typing import NamedTuple

import sacrebleu

_BY_CHARACTER = {"zh", "ja", "th", "lo", "km", "my", "bo", "yue"}


class Score(NamedTuple):
    """Translations of one kind of text against references.

    Attributes:
        side: "query" or "passage".
        texts: How many.
        chrf: chrF2 (Popović 2015, W15-3049), 0 to 100.
        bleu: BLEU (Papineni et al. 2002, P02-1040), 0 to 100.
        signature: Of sacrebleu's BLEU (Post 2018, W18-6319).
    """

    side: str
    texts: int
    chrf: float
    bleu: float
    signature: str


def score(side: str, translations: Sequence[str], references: Sequence[str], target: str) -> Score:
    """Score translations, each against one reference."""
    bleu = sacrebleu.BLEU(tokenize="char" if target.partition("-")[0] in _BY_CHARACTER else "13a")
    found = bleu.corpus_score(translations, [references])
    chrf = sacrebleu.CHRF().corpus_score(translations, [references])
    return Score(side, len(references), chrf.score, found.score, str(bleu.get_signature()))
