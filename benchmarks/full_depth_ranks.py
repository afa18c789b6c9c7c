"""Full-depth ranks and measures of all settings of XQuAD-R, against the matrix product they are read off.

Both sides in one process, alternating, same embeddings, each in the blocks it is fastest in. The bare side multiplies
and throws the scores away. The other side is everything from embeddings to means by language pair: ranks of every
relevant candidate in its language and in the pool, the ten best candidates of the pool, average precision, recalls,
nDCG and rank distance of 132 settings.

trec_eval, through pytrec_eval, and ranx are timed on the pooled rankings of a few queries, with the scores given, and
extrapolated: all of them would need a dictionary of 170 million scores. Both must find the same average precision.
"""

import json
import statistics
import sys

import numpy as np
import numpy.typing as npt

from langmix.collection import Collection
from langmix.measures.aggregate import by_pair
from langmix.measures.evidence import Evidence
from langmix.measures.per_query import per_query
from langmix.scoring.scores import Scoring
from langmix.scoring.search import search
from measure import alternate, in_child, median_ratio, peak_rss_gib, report, seconds

QUESTIONS = 1190
CANDIDATES = {"ar": 1222, "de": 1276, "el": 1234, "en": 1180, "es": 1215, "hi": 1244, "ru": 1219, "th": 852}
CANDIDATES |= {"tr": 1167, "vi": 1209, "zh": 1196}
DIMS = (384, 768)
REPEATS = 7
ORACLE_QUERIES = 50
GOAL = 1.5
MEMORY_GOAL = 1.5
SCORES_PER_BLOCK = 16_000_000  # of the bare product, which is fastest in large blocks

Floats = npt.NDArray[np.float32]


def xquad_r_shaped() -> Collection:
    """XQuAD-R's queries, candidates and one answer per language, without its texts."""
    rng = np.random.default_rng(0)
    languages = tuple(CANDIDATES)
    starts = np.cumsum([0, *CANDIDATES.values()])
    answers = np.stack(
        [starts[i] + rng.integers(0, size, QUESTIONS) for i, size in enumerate(CANDIDATES.values())], axis=1
    )
    queries = np.arange(len(languages) * QUESTIONS)
    relevant = np.stack([queries.repeat(len(languages)), np.sort(answers[queries % QUESTIONS], axis=1).ravel()], axis=1)
    return Collection(
        name="xquad_r",
        languages=languages,
        query_ids=[f"q{q}" for q in queries],
        query_questions=[str(q % QUESTIONS) for q in queries],
        query_languages=np.repeat(np.arange(len(languages)), QUESTIONS),
        query_texts=[""] * len(queries),
        candidate_ids=[f"{999_999 - c}" for c in range(starts[-1])],
        candidate_languages=np.repeat(np.arange(len(languages)), list(CANDIDATES.values())),
        candidate_texts=[""] * int(starts[-1]),
        relevant=relevant,
        fingerprint="",
    )


def embeddings(collection: Collection, dim: int) -> tuple[Floats, Floats]:
    """Random embeddings of queries and candidates."""
    rng = np.random.default_rng(1)
    sizes = len(collection.query_ids), len(collection.candidate_ids)
    queries, candidates = (rng.standard_normal((size, dim), dtype=np.float32) for size in sizes)
    return queries, candidates


def bare_product(queries: Floats, candidates: Floats) -> None:
    """The product in blocks on all cores, as numpy does it, and nothing else."""
    block = SCORES_PER_BLOCK // len(candidates)
    scores = np.empty((block, len(candidates)), np.float32)
    for start in range(0, len(queries), block):
        part = queries[start : start + block]
        np.matmul(part, candidates.T, out=scores[: len(part)])


def peer_seconds(collection: Collection, queries: Floats, candidates: Floats) -> dict[str, float]:
    """Seconds of trec_eval and of ranx for the pooled rankings of all queries, extrapolated from a few."""
    import pytrec_eval
    import ranx

    table = per_query(Evidence.of(collection, *search(collection, Scoring(queries, candidates), 10)))
    ours = table[table.setting == "multilingual"].set_index("query_id").average_precision
    qrels: dict[str, dict[str, int]] = {}
    for query, candidate in collection.relevant:
        if query < ORACLE_QUERIES:
            qrels.setdefault(f"q{query}", {})[collection.candidate_ids[candidate]] = 1
    scores = (queries[:ORACLE_QUERIES] @ candidates.T).astype(float).tolist()
    run = {f"q{query}": dict(zip(collection.candidate_ids, row, strict=True)) for query, row in enumerate(scores)}
    found: dict[str, dict[str, dict[str, float]]] = {}

    def trec_eval() -> None:
        found["trec_eval"] = pytrec_eval.RelevanceEvaluator(qrels, {"map", "recall.1,10", "ndcg_cut.10"}).evaluate(run)

    ranx_run = ranx.Run.from_dict(run)

    def ranx_evaluate() -> None:
        ranx.evaluate(ranx.Qrels.from_dict(qrels), ranx_run, ["map", "recall@1", "recall@10", "ndcg@10"])
        found["ranx"] = dict(ranx_run.scores)

    ranx_evaluate()
    times = {"trec_eval": seconds(trec_eval), "ranx": seconds(ranx_evaluate)}
    for query in run:
        assert abs(found["trec_eval"][query]["map"] - ours[query]) < 1e-6
        assert abs(found["ranx"]["map"][query] - ours[query]) < 1e-6  # type: ignore[operator]
    return {name: round(taken / ORACLE_QUERIES * len(collection.query_ids), 1) for name, taken in times.items()}


def everything(collection: Collection, queries: Floats, candidates: Floats) -> None:
    """From embeddings to the tables of all settings."""
    by_pair(per_query(Evidence.of(collection, *search(collection, Scoring(queries, candidates), 10))))


def memory(dim: int) -> None:
    """Print the peak memory of a process that does nothing but one evaluation."""
    collection = xquad_r_shaped()
    everything(collection, *embeddings(collection, dim))
    print(json.dumps({"peak_rss_gib": round(peak_rss_gib(), 3)}))


def main() -> None:
    """Measure, print a table and one line of JSON."""
    collection = xquad_r_shaped()
    results = {}
    for dim in DIMS:
        queries, candidates = embeddings(collection, dim)

        def bare(queries: Floats = queries, candidates: Floats = candidates) -> None:
            bare_product(queries, candidates)

        def full(queries: Floats = queries, candidates: Floats = candidates) -> None:
            everything(collection, queries, candidates)

        full()  # compiles
        bare()
        product, total = alternate(REPEATS, bare, full)
        peers = peer_seconds(collection, queries, candidates)
        results[dim] = {
            "product_s": round(statistics.median(product), 3),
            "all_measures_s": round(statistics.median(total), 3),
            "ratio": round(median_ratio(total, product), 3),
            "peak_rss_gib": in_child(__file__, "memory", str(dim))["peak_rss_gib"],
            "pool_only_extrapolated_s": peers,
        }
        print(dim, results[dim])
    worst = max(result["ratio"] for result in results.values())
    peak = max(result["peak_rss_gib"] for result in results.values())
    report(
        "full_depth_ranks",
        worst,
        f"all measures <= {GOAL} x the bare product, peak RSS < {MEMORY_GOAL} GiB",
        worst <= GOAL and peak < MEMORY_GOAL,
        peak_rss_gib=peak,
        dims=results,
        peers=f"pytrec_eval and ranx, pooled setting only, scores given, from {ORACLE_QUERIES} queries",
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["memory"]:
        memory(int(sys.argv[2]))
    else:
        main()
