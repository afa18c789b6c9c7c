"""Parallel training corpora."""

from langmix.corpus.parallel import ParallelCorpus

__all__ = ["ParallelCorpus"]
