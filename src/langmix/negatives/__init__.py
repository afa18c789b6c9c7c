"""Hard negatives: passages that look like an answer and are none, given with a corpus or mined from it.

Each function is what a configuration can name: it takes the training corpus and a seed and returns what brings
negatives into batches, or None.
"""

from langmix.negatives.drawn import Negatives
from langmix.negatives.false import false_negatives
from langmix.negatives.given import given
from langmix.negatives.mined import bm25
from langmix.negatives.plain import none
from langmix.negatives.tally import Tally, tally

__all__ = ["Negatives", "Tally", "bm25", "false_negatives", "given", "none", "tally"]
