"""The relevant candidates of every query in the pool of all languages, with their languages."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from langmix.measures.evidence import Evidence
from langmix.measures.relevant_ranks import RelevantRanks


@dataclass(frozen=True)
class PooledAnswers:
    """What measures of language bias look at: pooled ranks of relevant candidates, and who is in which language.

    Attributes:
        lists: Pooled ranks, one list per query that has a relevant candidate; without grades, which bias does not use.
        languages: Language of each relevant candidate, in the order of ``lists.ranks``, ``[relevant]``.
        queries: Query of each list, ``[lists]``, ascending.
        query_languages: Language of each list's query, ``[lists]``.
        language_count: Languages of the collection; languages are indices below it.
    """

    lists: RelevantRanks
    languages: npt.NDArray[np.int64]
    queries: npt.NDArray[np.int64]
    query_languages: npt.NDArray[np.int64]
    language_count: int

    @classmethod
    def of(cls, evidence: Evidence) -> "PooledAnswers":
        """Gather the judgements by query."""
        query_of, candidate_of = evidence.relevant.T
        lists, order = RelevantRanks.group(query_of, evidence.ranks.in_pool)
        queries = query_of[order[lists.starts]]
        return cls(
            lists,
            evidence.candidate_languages[candidate_of[order]],
            queries,
            evidence.query_languages[queries],
            len(evidence.languages),
        )

    def asked_in(self, language: int) -> "PooledAnswers":
        """Only the lists of queries in one language."""
        lists = self.query_languages == language
        relevant = lists[self.lists.list_of]
        starts = np.cumsum(self.lists.sizes[lists]) - self.lists.sizes[lists]
        return PooledAnswers(
            RelevantRanks(self.lists.ranks[relevant], starts),
            self.languages[relevant],
            self.queries[lists],
            self.query_languages[lists],
            self.language_count,
        )

    @property
    def in_query_language(self) -> npt.NDArray[np.bool_]:
        """Whether each relevant candidate is in the language of its query, ``[relevant]``."""
        own: npt.NDArray[np.bool_] = self.languages == np.repeat(self.query_languages, self.lists.sizes)
        return own

    @property
    def best_by_language(self) -> npt.NDArray[np.float64]:
        """Rank of the best relevant candidate in each language, ``[lists, languages]``; infinite where none is."""
        best = np.full((len(self.queries), self.language_count), np.inf)
        np.minimum.at(best, (self.lists.list_of, self.languages), self.lists.ranks)
        return best
