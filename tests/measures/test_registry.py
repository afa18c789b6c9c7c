import re
import sys

import pytest

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.measures import Measure, formulas, measure, registry
from langmix.measures.measure import Needs
from langmix.measures.results import Results
from langmix.plots.forest import forest_plot
from langmix.statistics.options import Options
from langmix.studies.compared import compare_evidence
from tests.measures.made_up import evaluated, found


@pytest.mark.parametrize("k", [5, 10])
def test_every_column_and_figure_is_a_measure(k):
    collection, _, ranks, top = evaluated(2, answers=(1,), k=k)
    results = Results.of(found(collection, ranks, top))
    columns = set(results.table.select_dtypes("float")) | {name.split("/")[1] for name in results.bias}
    assert {measure(name).name for name in columns} == columns
    for name in results.figures:
        last = name.split("/")[-1]
        assert measure(last).metric == last.removesuffix("_micro")


@pytest.mark.parametrize("direction", [None, "higher", "up"])
def test_a_measure_without_a_direction_is_refused(direction):
    with pytest.raises(LangmixError, match=r"measure 'cleverness': direction is .*must be one of Direction's"):
        Measure("cleverness", "cleverness", direction, Needs.LIST, len, source="none")


@pytest.fixture
def formula(tmp_path, monkeypatch):
    """Adds a file to the folder of formulas."""

    def add(text):
        (tmp_path / "zz_added.py").write_text(text)
        monkeypatch.setattr(formulas, "__path__", [*formulas.__path__, str(tmp_path)])
        for cached in (registry.every, registry._by_name):
            cached.cache_clear()

    yield add
    sys.modules.pop("langmix.measures.formulas.zz_added", None)
    monkeypatch.undo()
    for cached in (registry.every, registry._by_name):
        cached.cache_clear()


ADDED = """
from langmix.measures.measure import LOWER, Measure, Needs

def worst_rank(lists):
    \"\"\"Rank of the last relevant candidate. A second sentence.\"\"\"
    return lists.ranks[lists.starts + lists.sizes - 1].astype(float)

MEASURES = (Measure("worst_rank", "worst rank", LOWER, Needs.LIST, worst_rank, source="nobody", digits=1),)
"""


def test_one_file_adds_a_measure_to_every_table_chart_and_verdict(formula, tmp_path):
    formula(ADDED)
    assert measure("worst_rank").heading == "worst rank ↓"
    assert measure("worst_rank").summary == "Rank of the last relevant candidate"
    collection, _, ranks, top = evaluated(2, answers=(1, 2), k=5)
    evidence = found(collection, ranks, top)
    results = Results.of(evidence)
    assert results.table["worst_rank"].min() >= 1
    assert {f"{collection.name}/multilingual/worst_rank", f"{collection.name}/monolingual/worst_rank_micro"} <= set(
        results.figures
    )
    worse = results.table.assign(worst_rank=results.table["worst_rank"] + 5)
    tables = {"base": [results.table], "worse": [worse]}
    verdicts = compare_evidence(tables, lambda _: [evidence], "base", ["worst_rank"], Options(resamples=199))
    assert set(verdicts["verdict"]) == {"worse"}  # lower is better, said in that one file
    plot = tmp_path / "forest.png"
    forest_plot(verdicts, collection.name, "worst_rank", plot, {"worst_rank": measure("worst_rank").title})
    assert plot.stat().st_size > 0


@pytest.mark.parametrize("taken", ["worst_rank", "map"])
def test_a_name_stands_for_one_measure(formula, taken):
    formula(ADDED + f'MEASURES += (Measure("{taken}", "again", LOWER, Needs.LIST, worst_rank, source="nobody"),)')
    with pytest.raises(LangmixError, match=f"two measures are called '{taken}'"):
        registry.every()


def test_what_no_measure_reaches_is_no_row_of_digits():
    of = measure("map")
    assert (of.text(-1.5e32, "+"), of.text(1.5e32, "+"), of.text(float("inf"))) == ("-∞", "+∞", "∞")
    assert measure("rank_distance").text(99_999_999.0) == "99999999.0"


def test_what_is_printed():
    precision, distance = measure("map"), measure("rank_distance")
    assert (precision.name, precision.title, precision.heading) == ("average_precision", "mAP", "mAP")
    assert (distance.heading, distance.digits, distance.direction) == ("rank dist. ↓", 1, Direction.LOWER)
    assert measure("recall_at_100").title == "R@100"
    assert measure("top5_kl").heading == "KL of top 5 ↓"
    assert measure("same_language_first").direction is Direction.NEITHER


@pytest.mark.parametrize("name", ["cleverness", "recall_at_{k}", "recall", "top{k}_kl", "recall_at_", ""])
def test_an_unknown_measure_has_no_direction(name):
    with pytest.raises(LangmixError, match=re.escape(f"there is no measure '{name}' (there are: average_precision, ")):
        measure(name)
