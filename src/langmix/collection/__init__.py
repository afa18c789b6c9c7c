"""Retrieval test collections."""

from langmix.collection.collection import Candidate, Collection, Judgement, Query

__all__ = ["Candidate", "Collection", "Judgement", "Query"]
