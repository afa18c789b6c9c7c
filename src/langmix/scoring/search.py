"""One pass over the scores for everything that is read off them."""

from langmix.collection import Collection
from langmix.scoring.ranks import Ranks, RanksWriter
from langmix.scoring.scores import Scoring, read_scores
from langmix.scoring.top import Top, TopWriter


def search(collection: Collection, scoring: Scoring, k: int) -> tuple[Ranks, Top]:
    """Ranks of all relevant candidates and the ``k`` best candidates of each query, from the same scores.

    Args:
        collection: What to search.
        scoring: How its scores come about.
        k: Candidates to keep for each query.

    Raises:
        LangmixError: ``k`` is below 1 or above the number of candidates, or the scores are wrong, see `read_scores`.
    """
    ranks, top = RanksWriter(collection, scoring), TopWriter(collection, k)
    read_scores(collection, scoring, ranks.read, top.read)
    if not ranks.certain:
        ranks = RanksWriter(collection, scoring, certain=True)
        read_scores(collection, scoring, ranks.read)
    return ranks.found, top.found
