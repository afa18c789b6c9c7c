import re
from pathlib import Path

import pytest

from langmix.direction import Direction
from langmix.errors import LangmixError
from langmix.measures import measure
from langmix.measures.results import Results
from tests.measures.made_up import evaluated, found

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.parametrize("k", [5, 10])
def test_every_column_and_figure_is_a_measure(k):
    collection, _, ranks, top = evaluated(2, answers=(1,), k=k)
    results = Results.of(found(collection, ranks, top))
    columns = set(results.table.select_dtypes("float")) | {name.split("/")[1] for name in results.bias}
    assert {measure(name).name for name in columns} == columns
    for name in results.figures:
        last = name.split("/")[-1]
        assert measure(last).metric == last.removesuffix("_micro")


def test_directions_are_those_of_the_documentation():
    arrows = dict(re.findall(r"`(\w+)` ([↓↑])", README.read_text(encoding="utf-8")))
    assert len(arrows) >= 7
    for name, arrow in arrows.items():
        assert measure(name).direction is {"↓": Direction.LOWER, "↑": Direction.HIGHER}[arrow], name


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
