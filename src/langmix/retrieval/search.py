"""One pass over the scores for everything that is read off them."""

from langmix.benchmark import Benchmark
from langmix.retrieval.ranks import Ranks, RanksWriter
from langmix.retrieval.scores import Scoring, read_scores
from langmix.retrieval.top import Top, TopWriter


def search(benchmark: Benchmark, scoring: Scoring, k: int) -> tuple[Ranks, Top]:
    """Ranks of all relevant candidates and the ``k`` best candidates of each query, from the same scores.

    Args:
        benchmark: What to search.
        scoring: How its scores come about.
        k: Candidates to keep for each query.

    Raises:
        LangmixError: ``k`` is below 1 or above the number of candidates, or the scores are wrong, see `read_scores`.
    """
    ranks, top = RanksWriter(benchmark), TopWriter(benchmark, k)
    read_scores(benchmark, scoring, ranks.read, top.read)
    return ranks.found, top.found
