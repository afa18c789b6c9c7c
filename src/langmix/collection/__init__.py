"""Retrieval test collections."""

from langmix.collection.collection import Candidate, Collection, Query

__all__ = ["Candidate", "Collection", "Query"]
