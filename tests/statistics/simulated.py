"""Made-up evaluations with known truth: questions in several languages, whose translations depend on each other."""

import numpy as np
import pandas as pd

from langmix.statistics.cluster_sums import ALL, ClusterSums
from langmix.statistics.draws import Draws

LANGUAGES = ("ar", "de", "en")


def band(rate, trials, width=3.5):
    """Bounds within which a share of ``trials`` falls if its true value is ``rate``."""
    reach = width * np.sqrt(rate * (1 - rate) / trials)
    return rate - reach, rate + reach


def differences(rng, trials, questions, languages, shared=0.8, effect=0.0):
    """Per-query differences ``[trials, questions, languages]``; ``shared`` of their variance is the question's own."""
    own = rng.normal(size=(trials, questions, 1)) * np.sqrt(shared)
    rest = rng.normal(size=(trials, questions, languages)) * np.sqrt(1 - shared)
    return own + rest + effect


def one_row(arms, counts=None):
    """Sums with a single row; ``arms`` by name ``[seeds, questions, cells]``, already summed within the cell."""
    arms = {name: np.asarray(values, dtype=np.float64) for name, values in arms.items()}
    shape = next(iter(arms.values())).shape[1:]
    rows = pd.DataFrame({"setting": ["multilingual"], "language": [ALL], "measure": ["average_precision"]})
    counts = np.ones(shape) if counts is None else np.asarray(counts, dtype=np.float64)
    return ClusterSums(rows, np.full((shape[1], 1), 1 / shape[1]), counts, arms)


def joint_draw(questions, resamples=999, seed=0, **groups):
    """A joint draw of so many questions; ``groups`` by name of the level, the group of each question."""
    codes = {"question": np.arange(questions), **groups}
    return Draws("sample", codes, tuple(codes), resamples, seed)


class Median:
    """A figure: the median of one value per question, the lower one of two."""

    def __init__(self, values, names, measure="median", setting="multilingual", language=ALL):
        self.values = np.asarray(values, dtype=np.float64)
        self.questions, self.measure, self.setting, self.language = list(names), measure, setting, language

    def value(self, weights):
        order = np.argsort(self.values)
        reached = weights[:, order].cumsum(axis=1) >= weights.sum(axis=1, keepdims=True) / 2
        return self.values[order][reached.argmax(axis=1)]


class Mean(Median):
    """A figure that is a mean after all, to be held against one."""

    def value(self, weights):
        with np.errstate(invalid="ignore"):  # a draw may hold none of the figure's questions
            return weights @ self.values / weights.sum(axis=1)


def per_query(rng, questions=30, effect=0.0, dataset="sample", languages=LANGUAGES, base=None):
    """A per-query table of all three settings; ``base`` makes it a noisy copy of another one, moved by ``effect``."""
    if base is not None:
        moved = base.copy()
        shift = {cluster: rng.normal(effect, 0.05) for cluster in sorted(set(base["question"]))}
        change = base["question"].map(shift).to_numpy(dtype=float) + rng.normal(0, 0.02, len(base))
        moved["average_precision"] = base["average_precision"] + change
        moved["recall_at_1"] = np.where(rng.random(len(base)) < 0.1, 1 - base["recall_at_1"], base["recall_at_1"])
        moved["rank_distance"] = base["rank_distance"] - np.round(100 * change)
        return moved
    rows = []
    for question in range(questions):
        level = rng.uniform(0.3, 0.7)
        for query in languages:
            for corpus in (*languages, "pool"):
                setting = "multilingual" if corpus == "pool" else "monolingual" if corpus == query else "cross_lingual"
                distance = float(rng.integers(0, 500)) if corpus == "pool" else np.nan
                precision = level + rng.uniform(-0.2, 0.2)
                hit = float(rng.random() < level)
                rows.append([dataset, setting, query, corpus, f"{query}/q{question}", f"q{question}", 1])
                rows[-1] += [precision, hit, distance]
    names = ["dataset", "setting", "query_language", "candidate_language", "query_id", "question", "relevant"]
    frame = pd.DataFrame(rows, columns=[*names, "average_precision", "recall_at_1", "rank_distance"])
    return frame.astype(dict.fromkeys(names[:4], "category"))
