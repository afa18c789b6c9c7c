"""A comparison of XQuAD-R's size from one joint draw, against scipy's bootstrap of one row at a time.

Five runs, three settings, 25 measures, eleven languages: 3,600 rows, each with a pointwise and a simultaneous interval
from 5,000 resamples of questions, of paragraphs and of articles. `scipy.stats.bootstrap` (percentile, vectorised) is
timed on one row over questions and multiplied by the number of rows: it knows no clusters and no families.
"""

import resource

import numpy as np
import pandas as pd
from scipy import stats

from langmix.direction import Direction
from langmix.statistics.compare import compare
from langmix.statistics.options import Options
from measure import report, seconds

QUESTIONS, PARAGRAPHS, ARTICLES, RUNS, MEASURES = 1190, 240, 48, 5, 25
LANGUAGES = ("ar", "de", "el", "en", "es", "hi", "ru", "th", "tr", "vi", "zh")
GOAL = 20.0


def tables() -> dict[str, pd.DataFrame]:
    """Per-query tables of runs that differ by noise."""
    rng = np.random.default_rng(0)
    paragraph = rng.integers(0, PARAGRAPHS, QUESTIONS)
    article = rng.integers(0, ARTICLES, PARAGRAPHS)[paragraph]
    parts = []
    for query in LANGUAGES:
        for corpus in (*LANGUAGES, "pool"):
            setting = "multilingual" if corpus == "pool" else "monolingual" if corpus == query else "cross_lingual"
            part = {"dataset": "xquad_r", "setting": setting, "query_language": query, "candidate_language": corpus}
            ids = [f"{query}/{number}" for number in range(QUESTIONS)]
            groups = {"paragraph": paragraph.astype(str), "article": article.astype(str)}
            parts.append(
                pd.DataFrame({**part, "query_id": ids, "question": np.arange(QUESTIONS).astype(str), **groups})
            )
    lists = pd.concat(parts, ignore_index=True)
    names = [f"measure_{number}" for number in range(MEASURES)]
    level = rng.random((len(lists), MEASURES))
    return {
        f"run_{run}": lists.join(pd.DataFrame(level + rng.normal(0, 0.1, level.shape), columns=names))
        for run in range(RUNS)
    }


def main() -> None:
    """Measure, print one line of JSON."""
    given = tables()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found: dict[str, pd.DataFrame] = {}
    directions = {f"measure_{number}": Direction.HIGHER for number in range(MEASURES)}

    def ours(cluster: str) -> None:
        found[cluster] = compare(given, "run_0", directions, Options(cluster=cluster))

    by_level = {cluster: seconds(lambda cluster=cluster: ours(cluster)) for cluster in ("question", "widest")}
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    row = found["question"].query("run == 'run_1' and setting == 'monolingual' and language == 'all'").iloc[0]
    pairs = [
        given[name].query("setting == 'monolingual'").groupby("question")[row["measure"]].mean()
        for name in ("run_1", "run_0")
    ]
    d = (pairs[0] - pairs[1]).to_numpy()
    result = {}

    def scipys() -> None:
        result["interval"] = stats.bootstrap((d,), np.mean, n_resamples=5000, method="percentile", rng=1)

    peer = seconds(scipys)
    low, high = result["interval"].confidence_interval
    assert abs(row["pointwise_low"] - low) + abs(row["pointwise_high"] - high) < 0.15 * (high - low)
    rows = len(found["question"])
    report(
        "joint_draw",
        peer * rows / by_level["question"],
        f"< {GOAL:g} s",
        by_level["widest"] < GOAL,
        rows=rows,
        seconds={cluster: round(each, 1) for cluster, each in by_level.items()},
        scipy_one_row_s=round(peer, 3),
        peak_memory_beyond_tables_mib=round((peak - before) / 1024),
    )


if __name__ == "__main__":
    main()
