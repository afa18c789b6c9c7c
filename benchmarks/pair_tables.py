"""All pair-matrix tables of XQuAD-R and MLQA-R from embeddings in one pass, against one evaluation per language pair.

Ours: one score matrix per data set, in blocks, gives every monolingual, cross-lingual and pooled setting (121 + 11 and
49 + 7). The peer: for every language pair the InformationRetrievalEvaluator of Sentence-Transformers, with the
embeddings given instead of a model, so that neither side encodes. It searches each pair anew and keeps a list of
candidates per query; it is asked for average precision at full depth (``map_at_k`` of all candidates), which is the
table's mAP, and recall at 1 and 10. All pairs are many minutes of its time, so it runs on a sample of pairs, on the
same queries and candidates, and is extrapolated by the number of pairs.

Neither side's embeddings mean anything: they are random, in the shape of the real data.
"""

import os
import statistics
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from langmix.collection import Collection
from langmix.measures.aggregate import by_pair
from langmix.measures.evidence import Evidence
from langmix.measures.per_query import POOL, per_query
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from measure import alternate, lareqa_benchmark, report, seconds

DIM = 384
REPEATS = 3
SAMPLED_PAIRS = 3
GOAL = 10.0

Floats = npt.NDArray[np.float32]


class GivenEmbeddings:
    """Stands for a model: "encodes" texts, which are row numbers, by looking them up."""

    similarity_fn_name = "dot"

    def __init__(self, queries: Floats, candidates: Floats) -> None:
        self._tables = {"query": queries, "document": candidates}
        self.model_card_data: Any = None

    def encode_query(self, texts: list[str], **_: Any) -> Any:
        """Rows of the queries."""
        return self._take("query", texts)

    def encode_document(self, texts: list[str], **_: Any) -> Any:
        """Rows of the candidates."""
        return self._take("document", texts)

    def _take(self, side: str, texts: list[str]) -> Any:
        import torch

        return torch.from_numpy(self._tables[side][[int(text) for text in texts]])


def one_pass(collection: Collection, queries: Floats, candidates: Floats) -> pd.DataFrame:
    """Every table's cells."""
    return by_pair(per_query(Evidence.of(collection, *search(collection, Scoring(queries, candidates), 10))))


def of_pair(
    collection: Collection, queries: Floats, candidates: Floats, pair: tuple[int, int | None]
) -> dict[str, float]:
    """One language pair (None: the pool) by the evaluator of Sentence-Transformers."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator
    from sentence_transformers.util import dot_score

    asked, searched = pair
    in_corpus = np.ones(len(candidates), bool) if searched is None else collection.candidate_languages == searched
    query_of, candidate_of = collection.relevant.T
    judged = (collection.query_languages[query_of] == asked) & in_corpus[candidate_of]
    relevant: dict[str, set[str]] = {}
    for query, candidate in zip(query_of[judged].tolist(), candidate_of[judged].tolist(), strict=True):
        relevant.setdefault(str(query), set()).add(str(candidate))
    corpus = {str(row): str(row) for row in np.flatnonzero(in_corpus).tolist()}
    evaluator = InformationRetrievalEvaluator(
        {query: query for query in relevant},
        corpus,
        relevant,
        mrr_at_k=[10],
        ndcg_at_k=[10],
        accuracy_at_k=[10],
        precision_recall_at_k=[1, 10],
        map_at_k=[len(corpus)],
        score_functions={"dot": dot_score},
        write_csv=False,
    )
    found = evaluator.compute_metrices(GivenEmbeddings(queries, candidates))["dot"]
    return {
        "map": float(found["map@k"][len(corpus)]),
        "recall_at_1": float(found["recall@k"][1]),
        "recall_at_10": float(found["recall@k"][10]),
    }


def check(collection: Collection, table: pd.DataFrame, pair: tuple[int, int | None], found: dict[str, float]) -> None:
    """Both sides must agree."""
    asked = collection.languages[pair[0]]
    searched = POOL if pair[1] is None else collection.languages[pair[1]]
    cell = table[(table.query_language == asked) & (table.candidate_language == searched)].iloc[0]
    for name, value in found.items():
        assert abs(cell[name] - value) < 1e-6, f"{asked}-{searched} {name}: {cell[name]} here, {value} there"


def main() -> None:
    """Measure, print a table and one line of JSON."""
    rng = np.random.default_rng(0)
    details: dict[str, dict[str, Any]] = {}
    for name in ("xquad_r", "mlqa_r"):
        collection = lareqa_benchmark(name)
        count = len(collection.languages)
        sizes = len(collection.query_ids), len(collection.candidate_ids)
        queries, candidates = (rng.standard_normal((size, DIM), dtype=np.float32) for size in sizes)
        table = one_pass(collection, queries, candidates)
        pairs = [(int(cell) // count, int(cell) % count) for cell in rng.permutation(count**2)[:SAMPLED_PAIRS]]
        pooled = (int(rng.integers(count)), None)
        for pair in [*pairs, pooled]:
            check(collection, table, pair, of_pair(collection, queries, candidates, pair))

        def ours(
            collection: Collection = collection, queries: Floats = queries, candidates: Floats = candidates
        ) -> None:
            one_pass(collection, queries, candidates)

        def theirs(
            collection: Collection = collection,
            queries: Floats = queries,
            candidates: Floats = candidates,
            pairs: list[tuple[int, int]] = pairs,
        ) -> None:
            for pair in pairs:
                of_pair(collection, queries, candidates, pair)

        own, naive = alternate(REPEATS, ours, theirs)
        of_pool = seconds(lambda: of_pair(collection, queries, candidates, pooled))  # noqa: B023
        details[name] = {
            "one_pass_s": round(statistics.median(own), 2),
            "per_pair_s": round(statistics.median(naive) / SAMPLED_PAIRS, 2),
            "pairs": count**2,
            "per_pool_s": round(of_pool, 2),
            "pools": count,
            "naive_extrapolated_s": round(statistics.median(naive) / SAMPLED_PAIRS * count**2 + of_pool * count, 1),
        }
        print(name, details[name])
    ratio = sum(d["naive_extrapolated_s"] for d in details.values()) / sum(d["one_pass_s"] for d in details.values())
    report(
        "pair_tables",
        ratio,
        f">= {GOAL:g} x as fast as one evaluation per pair",
        ratio >= GOAL,
        datasets=details,
        peer=f"InformationRetrievalEvaluator, {SAMPLED_PAIRS} pairs and 1 pool per data set, extrapolated",
    )


if __name__ == "__main__":
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    main()
