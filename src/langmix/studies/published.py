"""The figures of arXiv 2408.10536, Tables 3 to 8, under langmix's metric names.

What to know before comparing with them:

* Tables 1 and 2 are these means rounded, some of them twice; the printed four-digit means used here agree with the
  mean of their rows. Table 1 prints .547 where Table 3 has .5479 (XLM-R, x_x_mono, XQuAD-R, multilingual).
* `x_x_mono` is called X-X in Tables 1 and 2 and X-X-mono elsewhere: batches in one language. It is not LAReQA's X-X.
* The recall block of Tables 3 to 6 is recall@1 for the monolingual and cross-lingual settings and recall@10 for the
  multilingual one: with 11 relevant sentences in the pool, recall@1 cannot pass .0909 and .427 to .635 is printed.
* The prose gives 295.4 as the rank distance of X-X-mono with XLM-R on XQuAD-R; Table 7 has 410.2 (295.4 is X-Y).
* The prose calls hybrid the best in the multilingual setting; in Tables 3, 6 and 8 x_y is ahead of it by a hair
  (.5934 to .5927 mAP, .6951 to .6941 recall@10, 226.7 to 227.1 rank distance).
* Greek and Hindi of Table 5 (mAP, monolingual, hybrid) are .8121, the reading that gives the printed mean.
* One run per cell, as far as is said: no seeds, no variance. The size of XLM-R is not said, so both of ours match it.
"""

import csv
from collections import defaultdict
from functools import cache
from importlib.resources import files

from langmix.cell_key import UNADJUSTED
from langmix.tracking.cell import DATASET_FINGERPRINT, Cell

PUBLISHED_BACKBONES = {"xlmr_base": "xlmr", "xlmr_large": "xlmr", "labse": "labse"}
"""Our backbones that the paper used -> its name in the table."""

BACKBONES = {"xlmr_base": "XLM-R", "labse": "LaBSE"}
"""One of ours for each backbone of the paper, and what it is called there."""

PUBLISHED_ALPHA = 0.5
"""Share of monolingual batches in the paper's hybrid sampler."""

PUBLISHED_DATA = {
    "xquad_r": "a2c21728b74acc464b0e16222d00dfac17298248e85c43ebc389e0b401a0bf93",
    "mlqa_r": "6282dd341475d86e954766c41a1a050fa74564bf60c47a5bbc91640ad669b8d8",
}
"""Fingerprint of each data set as published, in all its languages."""

PUBLISHED_RECIPE = {
    "corpus": {"paper_mix"},
    "corpus.languages": {"ar", "zh", "en", "de", "hi", "ru", "es", "th", "tr"},
    "corpus.parts": {
        "wikiqa", "mr_tydi", "duorc", "newsqa", "natural_questions", "yahoo_qa", "entity_questions", "mfaq", "mmarco",
    },
    "validation": {"squadshifts"},
    "training.learning_rate": {"3e-05"},
    "training.weight_decay": {"0.01"},
    "training.batch_size": {"100"},
}  # fmt: skip
"""What the paper says of its training, by the keys of a cell's recipe: the words of each value."""

TABLES = {"3", "4", "5", "6", "7", "8"}
MEASURES = {"map": "map", "recall@1": "recall_at_1", "recall@10": "recall_at_10", "rank_distance": "rank_distance"}
MEAN = "mean"


def published_figures(cell: Cell) -> dict[str, float]:
    """Return the published means for a cell; empty unless its corpus, training and data set are the paper's.

    What the paper leaves open (steps, temperature, how its corpora are mixed) may be anything.
    """
    key, recipe = cell.key, cell.recipe
    same_data = PUBLISHED_DATA.get(key.dataset) == cell.tags.get(DATASET_FINGERPRINT)
    same_training = all(set(recipe.get(name, "").split()) == words for name, words in PUBLISHED_RECIPE.items())
    if same_data and same_training and key.alpha in {None, PUBLISHED_ALPHA} and key.baseline == UNADJUSTED:
        return published(key.dataset, key.backbone, key.sampler)
    return {}


def published(dataset: str, backbone: str, sampler: str) -> dict[str, float]:
    """Return the published means of a cell as `{dataset}/{setting}/{measure}`; empty where nothing is published.

    `hybrid` stands for the paper's alpha, `PUBLISHED_ALPHA`.
    """
    return published_by_language(dataset, backbone, sampler).get(MEAN, {})


def published_by_language(dataset: str, backbone: str, sampler: str) -> dict[str, dict[str, float]]:
    """Return the published figures of a cell per query language, and their mean under `mean`."""
    cell = _figures().get((dataset, PUBLISHED_BACKBONES.get(backbone, ""), sampler), {})
    return {language: dict(metrics) for language, metrics in cell.items()}


@cache
def _figures() -> dict[tuple[str, str, str], dict[str, dict[str, float]]]:
    """Read the tables as (dataset, backbone, sampler) -> language -> metric name -> value."""
    figures: dict[tuple[str, str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    with (files("langmix.studies") / "published.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["table"] in TABLES:
                name = f"{row['dataset']}/{row['setting']}/{MEASURES[row['metric']]}"
                figures[row["dataset"], row["backbone"], row["sampler"]][row["language"]][name] = float(row["value"])
    return figures
