"""Full-depth ranks and measures of all settings of XQuAD-R, against the matrix product they are read off.

Both sides in one process, alternating, same embeddings, same blocks. The bare side multiplies and throws the scores
away. trec_eval, through pytrec_eval, is timed on the pooled rankings of a few queries: all of them would need a
dictionary of 170 million scores.
"""

import json
import os
import platform
import resource
import statistics
import time

import numpy as np
import pytrec_eval

from langmix.benchmark import Benchmark
from langmix.measures.aggregate import by_pair
from langmix.measures.per_query import per_query
from langmix.retrieval import ranks as ranks_module
from langmix.retrieval.ranks import rank

QUESTIONS = 1190
CANDIDATES = {"ar": 1222, "de": 1276, "el": 1234, "en": 1180, "es": 1215, "hi": 1244, "ru": 1219, "th": 852}
CANDIDATES |= {"tr": 1167, "vi": 1209, "zh": 1196}
REPEATS = 5
ORACLE_QUERIES = 20
GOAL = 1.5


def xquad_r_shaped() -> Benchmark:
    """XQuAD-R's queries, candidates and one answer per language, without its texts."""
    rng = np.random.default_rng(0)
    languages = tuple(CANDIDATES)
    starts = np.cumsum([0, *CANDIDATES.values()])
    answers = np.stack(
        [starts[i] + rng.integers(0, size, QUESTIONS) for i, size in enumerate(CANDIDATES.values())], axis=1
    )
    queries = np.arange(len(languages) * QUESTIONS)
    relevant = np.stack([queries.repeat(len(languages)), np.sort(answers[queries % QUESTIONS], axis=1).ravel()], axis=1)
    return Benchmark(
        name="xquad_r",
        languages=languages,
        query_ids=[f"q{q}" for q in queries],
        query_clusters=[str(q % QUESTIONS) for q in queries],
        query_languages=np.repeat(np.arange(len(languages)), QUESTIONS),
        query_texts=[""] * len(queries),
        candidate_ids=[f"{999_999 - c}" for c in range(starts[-1])],
        candidate_languages=np.repeat(np.arange(len(languages)), list(CANDIDATES.values())),
        candidate_texts=[""] * int(starts[-1]),
        relevant=relevant,
        fingerprint="",
    )


def bare_product(queries: np.ndarray, candidates: np.ndarray) -> None:
    """The same blocks as `rank` multiplies, and nothing else."""
    block = ranks_module.SCORES_PER_BLOCK // len(candidates)
    scores = np.empty((block, len(candidates)), np.float32)
    for start in range(0, len(queries), block):
        part = queries[start : start + block]
        np.matmul(part, candidates.T, out=scores[: len(part)])


def seconds(function: object, *arguments: object) -> float:
    """Wall time of one call."""
    start = time.perf_counter()
    function(*arguments)  # type: ignore[operator]
    return time.perf_counter() - start


def trec_eval_seconds(benchmark: Benchmark, queries: np.ndarray, candidates: np.ndarray) -> float:
    """Time of trec_eval per query on pooled rankings, after checking that its AP is ours."""
    table = per_query(benchmark, rank(benchmark, queries, candidates))
    ours = table[table.setting == "multilingual"].set_index("query_id").average_precision
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for query, candidate in benchmark.relevant:
        if query < ORACLE_QUERIES:
            qrels.setdefault(f"q{query}", {})[benchmark.candidate_ids[candidate]] = 1
    for query in range(ORACLE_QUERIES):
        run[f"q{query}"] = dict(
            zip(benchmark.candidate_ids, (queries[query] @ candidates.T).astype(float).tolist(), strict=True)
        )
    evaluator = pytrec_eval.RelevanceEvaluator(qrels, {"map", "recall.1,10"})
    start = time.perf_counter()
    found = evaluator.evaluate(run)
    taken = time.perf_counter() - start
    assert max(abs(found[name]["map"] - ours[name]) for name in run) < 1e-6
    return taken / ORACLE_QUERIES


def main() -> None:
    """Measure, print a table and one line of JSON."""
    benchmark = xquad_r_shaped()
    rng = np.random.default_rng(1)
    results = {}
    for dim in (384, 768):
        queries = rng.standard_normal((len(benchmark.query_ids), dim), dtype=np.float32)
        candidates = rng.standard_normal((len(benchmark.candidate_ids), dim), dtype=np.float32)

        def everything(queries: np.ndarray = queries, candidates: np.ndarray = candidates) -> None:
            by_pair(per_query(benchmark, rank(benchmark, queries, candidates)))

        everything()  # compiles
        pairs = [(seconds(bare_product, queries, candidates), seconds(everything)) for _ in range(REPEATS)]
        bare, full = (statistics.median(side) for side in zip(*pairs, strict=True))
        per_query_trec = trec_eval_seconds(benchmark, queries, candidates)
        results[dim] = {
            "product_s": round(bare, 3),
            "all_measures_s": round(full, 3),
            "ratio": round(statistics.median(f / b for b, f in pairs), 3),
            "trec_eval_pool_only_s": round(per_query_trec * len(benchmark.query_ids), 1),
        }
        print(dim, results[dim])
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    worst = max(result["ratio"] for result in results.values())
    line = {
        "name": "full_depth_ranks",
        "ratio": worst,
        "goal": GOAL,
        "ok": worst <= GOAL and peak <= 1.5,
        "peak_rss_gib": round(peak, 2),
        "dims": results,
        "machine": f"{os.cpu_count()} cores, {platform.processor() or platform.machine()}",
    }
    print(json.dumps(line))


if __name__ == "__main__":
    main()
