import csv
from importlib.resources import files
from statistics import mean

import pytest

from langmix.studies.published import published, published_by_language

CELLS = [
    (dataset, backbone, sampler)
    for dataset in ("xquad_r", "mlqa_r")
    for backbone in ("xlmr_base", "labse")
    for sampler in ("x_x_mono", "x_y", "hybrid")
]
THEIR_NAMES = {"xlmr_base": "xlmr", "labse": "labse"}


def test_figures_typed_from_tables_3_and_7():
    assert published("xquad_r", "xlmr_base", "hybrid") == {
        "xquad_r/monolingual/map": 0.7977,
        "xquad_r/monolingual/recall_at_1": 0.7086,
        "xquad_r/cross_lingual/map": 0.7053,
        "xquad_r/cross_lingual/recall_at_1": 0.5976,
        "xquad_r/multilingual/map": 0.5927,
        "xquad_r/multilingual/recall_at_10": 0.5169,
        "xquad_r/multilingual/rank_distance": 286.6,
    }


def test_the_figure_of_the_table_is_used_where_the_prose_has_another():
    assert published("xquad_r", "xlmr_base", "x_x_mono")["xquad_r/multilingual/rank_distance"] == 410.2
    assert published("xquad_r", "xlmr_base", "x_y")["xquad_r/multilingual/rank_distance"] == 295.4


def test_four_digits_are_used_where_table_1_rounds():
    assert published("xquad_r", "xlmr_base", "x_x_mono")["xquad_r/multilingual/map"] == 0.5479


@pytest.mark.parametrize("cell", CELLS)
def test_seven_means_are_the_means_of_their_languages(cell):
    languages = published_by_language(*cell)
    means = languages.pop("mean")
    assert means == published(*cell)
    assert len(means) == 7
    assert len(languages) == {"xquad_r": 11, "mlqa_r": 7}[cell[0]]
    for name, value in means.items():
        tolerance = 0.06 if name.endswith("rank_distance") else 0.0001
        assert mean(figures[name] for figures in languages.values()) == pytest.approx(value, abs=tolerance)


def test_every_figure_of_tables_3_to_8_is_there_once():
    with (files("langmix.studies") / "published.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["table"] in "345678"]
    taken = 0
    for dataset, backbone, sampler in CELLS:
        languages = published_by_language(dataset, backbone, sampler)
        for row in rows:
            if (row["dataset"], row["backbone"], row["sampler"]) == (dataset, THEIR_NAMES[backbone], sampler):
                name = f"{dataset}/{row['setting']}/{row['metric'].replace('@', '_at_')}"
                assert languages[row["language"]][name] == float(row["value"])
                taken += 1
    assert (
        taken == len(rows) == sum(len(figures) for cell in CELLS for figures in published_by_language(*cell).values())
    )


def test_both_sizes_of_xlmr_match_the_one_whose_size_is_not_said():
    assert published("mlqa_r", "xlmr_large", "x_y") == published("mlqa_r", "xlmr_base", "x_y") != {}


@pytest.mark.parametrize(
    "cell",
    [
        ("xquad_r", "me5_small", "hybrid"),
        ("xquad_r", "labse", "x_x"),
        ("xquad_r", "labse", "none"),
        ("miracl_dev", "labse", "hybrid"),
        ("xquad_r", "xlmr", "hybrid"),
        ("", "", ""),
    ],
)
def test_cell_that_was_not_published_has_no_figures(cell):
    assert published(*cell) == {}
    assert published_by_language(*cell) == {}


def test_caller_may_change_what_it_got():
    published("xquad_r", "labse", "x_y").clear()
    published_by_language("xquad_r", "labse", "x_y")["mean"].clear()
    assert len(published("xquad_r", "labse", "x_y")) == 7
