"""Plans of studies: those that come with langmix compose, and those that cannot be meant are refused in one line."""

import pytest
import yaml

from langmix.configuration.composition import composed
from langmix.configuration.opened import opened
from langmix.errors import LangmixError
from langmix.studies.plan import names, study

GRID = {
    "common": ["backbone=tiny", "retrieval.precision=fp32"],
    "arms": {"none": ["sampler=none"], "a": ["sampler=x_x_mono"], "b": ["sampler=hybrid"]},
    "collections": {"atlas": ["dataset=atlas"]},
    "measures": ["average_precision"],
    "seeds": 2,
}
CONTRAST = {"arm": "b", "against": "a", "claim": "better", "setting": "monolingual", "margins": {"map": 0.005}}
STUDY = {"question": "Is it?", "note": None, "grid": "mine", "collections": ["atlas"], "contrasts": [CONTRAST]}


@pytest.fixture
def planned(tmp_path):
    def write(grid=None, **changes):
        (tmp_path / "grids").mkdir(exist_ok=True)
        (tmp_path / "grids" / "mine.yaml").write_text(yaml.safe_dump({**GRID, **(grid or {})}))
        (tmp_path / "mine.yaml").write_text(yaml.safe_dump({**STUDY, **changes}))
        return study(str(tmp_path / "mine.yaml"))

    return write


@pytest.mark.parametrize("name", names())
def test_every_cell_of_those_that_come_along_composes(name, monkeypatch, tmp_path):
    monkeypatch.setenv("LANGMIX_DATA", str(tmp_path))
    monkeypatch.setenv("LANGMIX_HOME", str(tmp_path))
    asked = study(name)
    assert asked.question.endswith("?")
    for collection in asked.collections:
        for arm in asked.arms_on(collection):
            cell = opened(composed(asked.grid.overrides(arm, collection, 1)))
            cell.check()
            assert cell.retrieval.precision in ("fp32", "bf16")


def test_the_cells_of_a_grid(planned):
    asked = planned()
    assert asked.arms_on("atlas") == ["a", "b"]
    assert (list(asked.grid.seeds_of("none")), list(asked.grid.seeds_of("a"))) == ([0], [0, 1])
    assert asked.grid.overrides("a", "atlas", 1) == [*GRID["common"], "sampler=x_x_mono", "dataset=atlas", "seed=1"]


def test_a_collection_has_the_arms_of_its_contrasts_alone(planned):
    more = {"atlas": ["dataset=atlas"], "near": ["dataset=pairs"], "third": ["dataset=xquad_r"]}
    contrasts = [
        {**CONTRAST, "near": "near", "collections": ["atlas"]},
        {**CONTRAST, "against": "none", "collections": ["third"]},
    ]
    asked = planned(grid={"collections": more}, collections=list(more), contrasts=contrasts)
    assert [asked.arms_on(name) for name in more] == [["a", "b"], ["a", "b"], ["none", "b"]]


def test_a_plan_that_changes_has_another_hash(planned):
    first = planned()
    assert planned().hash == first.hash
    assert planned(grid={"seeds": 3}).hash != first.hash
    assert planned(contrasts=[{**CONTRAST, "margins": {"map": 0.01}}]).hash != first.hash
    # Words and further collections change no cell that is there.
    other = planned(question="Was it?", grid={"collections": {**GRID["collections"], "more": ["dataset=xquad_r"]}})
    assert other.grid.hash_on("atlas") == first.grid.hash_on("atlas")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"contrast": []}, "key 'contrast': there is none; did you mean 'contrasts'?"),
        ({"grid": {"seeds": 1}}, "seeds: 1 has to be a whole number from 2"),
        ({"grid": {"most_seeds": 1}}, "most_seeds: 1 has to be a whole number from seeds (2)"),
        ({"grid": {"common": ["training.precision=auto"]}}, "training.precision=auto: a grid's precision is pinned"),
        ({"grid": {"arms": []}}, "arms: give a mapping from names to lists of overrides"),
        ({"collections": ["atlass"]}, "collections 'atlass': there is none; did you mean 'atlas'?"),
        ({"contrasts": []}, "contrasts: give a list"),
        ({"contrasts": [{**CONTRAST, "arm": "c"}]}, "contrast 1: arm 'c': there is none"),
        ({"contrasts": [{**CONTRAST, "claim": "beter"}]}, "claim 'beter': there is none; did you mean 'better'?"),
        (
            {"contrasts": [{**CONTRAST, "setting": "mono"}]},
            "setting 'mono': there is none (there are: monolingual, cross_lingual, multilingual)",
        ),
        ({"contrasts": [{**CONTRAST, "margins": {"map": 0}}]}, "margins: give a number above 0 by measure"),
        (
            {"contrasts": [{**CONTRAST, "languages": {"one": ["en"]}}]},
            "languages: give two groups of languages by name",
        ),
        ({"contrasts": [{**CONTRAST, "collections": ["xquad"]}]}, "collections 'xquad': there is none"),
        ({"contrasts": [{**CONTRAST, "near": "atlas"}]}, "near: 'atlas' is subtracted from other collections"),
        ({"contrasts": [{"arm": "a"}]}, "contrast 1: no against"),
    ],
)
def test_what_cannot_be_meant(planned, changes, message):
    with pytest.raises(LangmixError) as caught:
        planned(**changes)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_unknown_study():
    with pytest.raises(LangmixError, match=r"no study 'rq11'; did you mean 'rq1'\? \(there are: "):
        study("rq11")


def test_a_file_that_is_no_plan(tmp_path):
    (tmp_path / "mine.yaml").write_text("question: [")
    with pytest.raises(LangmixError, match=r"mine\.yaml: cannot be read"):
        study(str(tmp_path / "mine.yaml"))
