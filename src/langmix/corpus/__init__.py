"""Parallel training corpora."""

from langmix.corpus.combined import CombinedCorpus
from langmix.corpus.parallel import ParallelCorpus
from langmix.corpus.table import TableCorpus

__all__ = ["CombinedCorpus", "ParallelCorpus", "TableCorpus"]
