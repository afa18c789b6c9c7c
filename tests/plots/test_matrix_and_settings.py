import math
import warnings
from itertools import combinations

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import colormaps
from matplotlib.image import imread
from matplotlib.text import Text

from langmix.plots import matrix, settings, style
from langmix.plots.matrix import bias_matrix, pair_matrix
from langmix.plots.settings import Arm, settings_chart

LANGUAGES = {
    7: "ar de en es hi vi zh",
    11: "ar de el en es hi ru th tr vi zh",
    15: "ar bn de en es fa fi fr hi id ja ko ru sw te",
}
ARMS = [
    Arm(
        label,
        {
            "xquad_r/monolingual/map": mono,
            "xquad_r/cross_lingual/map": cross,
            "xquad_r/multilingual/map": multi,
            "xquad_r/multilingual/rank_distance": distance,
        },
        untrained=label == "untrained",
    )
    for label, mono, cross, multi, distance in [
        ("untrained", 0.803, 0.52, 0.302, 1032.4),
        ("x_y", 0.771, 0.703, 0.593, 226.7),
        ("hybrid α=.5", 0.799, 0.707, 0.592, 227.1),
    ]
]


def table(languages):
    """By-pair results: monolingual .9, cross-lingual .5, pooled .3."""
    rows = [("multilingual", query, "pool", 0.3) for query in languages]
    for query in languages:
        rows += [
            ("monolingual" if query == corpus else "cross_lingual", query, corpus, 0.9 if query == corpus else 0.5)
            for corpus in languages
        ]
    columns = ["setting", "query_language", "candidate_language", "map"]
    return pd.DataFrame(rows, columns=columns).astype({"query_language": "string", "candidate_language": "string"})


@pytest.fixture
def texts(monkeypatch):
    """All texts of the figures drawn in a test, and the axes they stand in."""
    figures = []
    drawing = style.drawing

    class Recorder:
        def __init__(self, *arguments):
            self.context = drawing(*arguments)

        def __enter__(self):
            figures.append(self.context.__enter__())
            return figures[-1]

        def __exit__(self, *error):
            return self.context.__exit__(*error)

    for module in (matrix, settings):
        monkeypatch.setattr(module, "drawing", Recorder)
    return figures


def area(path, colour):
    """Share of the picture's pixels that have a colour."""
    pixels = (imread(path)[..., :3] * 255).round()
    return np.mean(np.abs(pixels - np.round(np.array(colour[:3]) * 255)).max(axis=-1) <= 1)


@pytest.mark.parametrize("number", [7, 11, 15])
def test_matrix_has_a_square_for_every_pair_and_the_pool(tmp_path, number):
    path = tmp_path / "matrix.png"
    pair_matrix(table(LANGUAGES[number].split()), "me5_small", path)
    height, width, _ = imread(path).shape
    assert width > 500
    assert height > 500
    viridis = colormaps["viridis"]
    mono, cross, pool = (area(path, viridis(value)) for value in (0.9, 0.5, 0.3))
    # One square per language on the diagonal and in the pool, number - 1 times as many beside the diagonal.
    assert cross / pool == pytest.approx(number - 1, rel=0.05)
    assert 0.7 < mono / pool < 1  # the outline takes some of it


def test_matrix_says_what_is_where(tmp_path, texts):
    frame = table(["de", "en"])
    frame.loc[(frame.query_language == "de") & (frame.candidate_language == "en"), "map"] = 0.456
    pair_matrix(frame, "a title", tmp_path / "matrix.png")
    axes, scale = texts[0].axes
    values = {text.get_position(): text.get_text() for text in axes.texts}
    assert values == {(0, 0): ".90", (1, 0): ".46", (0, 1): ".50", (1, 1): ".90", (2.35, 0): ".30", (2.35, 1): ".30"}
    assert [label.get_text() for label in axes.get_xticklabels()] == ["de", "en", "pool"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["de", "en"]
    assert axes.get_title() == "a title"
    assert "query" in axes.get_ylabel()
    assert "candidates" in axes.get_xlabel()
    assert scale.get_ylabel() == "mAP"


def test_numbers_stand_out_from_their_square(tmp_path, texts):
    pair_matrix(table(["de", "en"]), "", tmp_path / "matrix.png")
    colours = {text.get_text(): text.get_color() for text in texts[0].axes[0].texts}
    assert colours[".30"] == "white"
    assert colours[".90"] == "black"


def test_matrix_of_monolingual_results_alone(tmp_path, texts):
    frame = table(["de", "en", "fr"])
    pair_matrix(frame[frame.setting == "monolingual"], "", tmp_path / "matrix.png")
    axes = texts[0].axes[0]
    assert [text.get_text() for text in axes.texts] == [".90"] * 3
    assert [label.get_text() for label in axes.get_xticklabels()] == ["de", "en", "fr"]


def test_bias_matrix_says_what_the_top_holds_and_what_is_found(tmp_path, texts):
    rows = [("de", "de", 0.7, 0.9), ("de", "en", 0.3, 0.4), ("en", "de", 0.1, math.nan), ("en", "en", 0.9, 0.8)]
    frame = pd.DataFrame(rows, columns=["query_language", "candidate_language", "top_share", "single_answer_map"])
    bias_matrix(frame, "a title", tmp_path / "bias.png")
    shares, found, scale = texts[0].axes
    assert {text.get_position(): text.get_text() for text in shares.texts} == {
        (0, 0): ".70",
        (1, 0): ".30",
        (0, 1): ".10",
        (1, 1): ".90",
    }
    assert {text.get_position(): text.get_text() for text in found.texts} == {
        (0, 0): ".90",
        (1, 0): ".40",
        (1, 1): ".80",
    }
    assert "share of each language" in shares.get_title()
    assert "answer in one language" in found.get_title()
    assert scale.get_ylabel() == "share, mAP"


def test_chart_draws_every_arm_in_every_setting(tmp_path, texts):
    settings_chart(ARMS, "xquad_r", tmp_path / "chart.png")
    quality, distance = texts[0].axes
    heights = [[bar.get_height() for bar in bars] for bars in quality.containers]
    assert heights == [[0.803, 0.52, 0.302], [0.771, 0.703, 0.593], [0.799, 0.707, 0.592]]
    assert [bars[0].get_height() for bars in distance.containers] == [1032.4, 226.7, 227.1]
    assert [text.get_text() for text in distance.texts] == ["1,032", "227", "227"]
    assert "lower is better" in distance.get_ylabel()
    assert [text.get_text() for text in texts[0].legends[0].get_texts()] == ["untrained", "x_y", "hybrid α=.5"]
    grey = quality.containers[0][0].get_facecolor()
    assert grey[0] == grey[1] == grey[2]
    assert len({bars[0].get_facecolor() for bars in quality.containers}) == 3


def test_chart_of_one_arm_and_of_many(tmp_path, texts):
    many = [Arm(f"hybrid {number}", ARMS[1].metrics) for number in range(18)]
    for arms in (ARMS[:1], many):
        settings_chart(arms, "xquad_r", tmp_path / "chart.png")
        assert imread(tmp_path / "chart.png").shape[0] > 400
    looks = {(bars[0].get_facecolor(), bars[0].get_hatch()) for bars in texts[1].axes[0].containers}
    assert len(looks) == 18
    starts = [bars[0].get_x() for bars in texts[1].axes[0].containers]
    width = texts[1].axes[0].containers[0][0].get_width()
    assert np.all(np.diff(starts) >= width)


def test_setting_that_was_not_measured_is_a_dash(tmp_path, texts):
    arm = Arm("x_y", {"miracl_dev/monolingual/map": 0.6, "miracl_dev/multilingual/rank_distance": math.nan})
    settings_chart([arm], "miracl_dev", tmp_path / "chart.png")
    quality, distance = texts[0].axes
    assert [text.get_text() for text in quality.texts] == [".60", "–", "–"]
    assert [text.get_text() for text in distance.texts] == ["–"]


def test_equal_input_gives_equal_bytes_whatever_the_users_settings(tmp_path):
    frame = table(["de", "en"])
    for name in ("first", "second"):
        with mpl.rc_context({"font.size": 30} if name == "second" else {}):
            pair_matrix(frame, "a title", tmp_path / f"{name}_matrix.png")
            settings_chart(ARMS, "xquad_r", tmp_path / f"{name}_chart.png")
    for kind in ("matrix", "chart"):
        first = (tmp_path / f"first_{kind}.png").read_bytes()
        assert first == (tmp_path / f"second_{kind}.png").read_bytes()
        assert b"Software" not in first
    frame.loc[0, "map"] = 0.4
    pair_matrix(frame, "a title", tmp_path / "other.png")
    assert (tmp_path / "other.png").read_bytes() != (tmp_path / "first_matrix.png").read_bytes()


LONG = "x_x_mono corpus.columns={id: id, query: question, passage: answer_sentence} training.learning_rate=3e-05"


def overlapping(figure):
    """Pairs of texts of a figure that overlap, and texts that reach into a panel that is not theirs."""
    figure.draw_without_rendering()  # the file has another resolution
    renderer = figure.canvas.get_renderer()
    boxes = []
    for text in figure.findobj(lambda artist: isinstance(artist, Text) and artist.get_visible() and artist.get_text()):
        box = text.get_window_extent(renderer)
        boxes.append((text.get_text(), text.axes, (box.x0 + 0.5, box.y0 + 0.5, box.x1 - 0.5, box.y1 - 0.5)))
    panels = [(axes, axes.get_window_extent(renderer).extents) for axes in figure.axes]

    def meet(one, other):
        return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]

    pairs = [(first[0], second[0]) for first, second in combinations(boxes, 2) if meet(first[2], second[2])]
    return pairs + [
        (text, "a panel") for text, own, box in boxes for axes, panel in panels if own is not axes and meet(box, panel)
    ]


@pytest.mark.parametrize("number", [1, 2, 4, 11])
@pytest.mark.parametrize("title", ["me5_small on xquad_r", f"me5_small-4bit {LONG} on xquad_r"])
def test_no_texts_of_matrices_overlap(tmp_path, texts, number, title):
    languages = list(map("{:02}".format, range(number)))
    pair_matrix(table(languages), title, tmp_path / "matrix.png")
    rows = [(query, candidate, 0.5, 1.0) for query in languages for candidate in languages]
    frame = pd.DataFrame(rows, columns=["query_language", "candidate_language", "top_share", "single_answer_map"])
    bias_matrix(frame, title, tmp_path / "bias.png")
    assert [overlapping(figure) for figure in texts] == [[], []]


@pytest.mark.parametrize("number", [1, 4, 9, 18])
@pytest.mark.parametrize("label", ["hybrid", LONG])
def test_no_texts_of_charts_overlap_and_nothing_is_wider_than_the_chart(tmp_path, texts, number, label):
    best = dict.fromkeys(ARMS[1].metrics, 1.0) | {"xquad_r/multilingual/rank_distance": 2345.6}
    settings_chart([Arm(f"{label} {place}", best) for place in range(number)], "xquad_r", tmp_path / "chart.png")
    assert overlapping(texts[0]) == []
    _, width, _ = imread(tmp_path / "chart.png").shape
    assert width <= 150 * texts[0].get_figwidth() + 40


def test_names_from_outside_are_drawn_as_they_are(tmp_path, texts):
    name = r"$\frac{$ a_b^c $\notacommand$ 混合"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pair_matrix(table(["de", "en"]), name, tmp_path / "matrix.png")
        settings_chart([Arm(name, ARMS[1].metrics)], name, tmp_path / "chart.png")
    assert texts[0].axes[0].get_title() == name
    assert [label.get_text() for label in texts[1].legends[0].get_texts()] == [name]
    assert not any(text.get_parse_math() for figure in texts for text in figure.findobj(Text))
