"""Ways to reduce language bias without training: what fine-tuning has to beat.

Each is a function from embeddings to the scores that are ranked, all with the same arguments, so that a configuration
can name any of them.
"""

from langmix.baselines.embeddings import language_offset, mean_removal
from langmix.baselines.erasure import leace, lir
from langmix.baselines.fusion import round_robin, z_score
from langmix.baselines.plain import none
from langmix.baselines.scores import csls, score_standardisation

__all__ = [
    "csls",
    "language_offset",
    "leace",
    "lir",
    "mean_removal",
    "none",
    "round_robin",
    "score_standardisation",
    "z_score",
]
