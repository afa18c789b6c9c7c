"""``langmix rerun`` on runs that were really tracked."""

import shutil
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from langmix.configuration.composition import composed
from langmix.configuration.composition import read as configured
from langmix.configuration.tracked import changed, read
from langmix.errors import LangmixError
from langmix.store import Store
from langmix.tracking.read import artifact, cells

from .small import small


def test_a_cell_again_as_it_was_and_with_changes(langmix, refused, tmp_path):
    (tmp_path / "conf" / "experiment").mkdir(parents=True)
    (tmp_path / "conf" / "experiment" / "own.yaml").write_text(
        "# @package _global_\nseed: 3\ntraining: {dropout: 0.1}\n"
    )
    own = ["--config-dir", "conf", "experiment=own", "sampler=x_y"]
    assert langmix(*own, *small(tmp_path)).returncode == 0
    assert "seed 3" in langmix("plan", *own, *small(tmp_path)).stdout
    shutil.rmtree(tmp_path / "conf")
    store = Store.open(tmp_path / "store")
    (before,) = cells(store, "langmix")

    same = langmix("rerun", before.run_id)
    assert same.returncode == 0, same.stderr
    assert "figures are identical" in same.stdout
    assert "configuration" not in same.stdout
    assert "made of" not in same.stdout

    other = langmix("rerun", before.run_id, "sampler=hybrid", "sampler.alpha=0.3", "baseline=round_robin")
    assert other.returncode == 0, other.stderr
    lines = [line.split() for line in other.stdout.splitlines()]
    assert ["sampler.alpha", "–", "0.3"] in lines
    assert any(line[:2] == ["trained", "model"] for line in lines)
    assert "figures differ" in other.stdout
    assert "although" not in other.stdout
    _, again, changes = cells(store, "langmix")
    assert {**before.metrics, **again.metrics} == before.metrics  # without the losses, as nothing was trained
    assert {cell.tags["langmix.rerun_of"] for cell in (again, changes)} == {before.run_id}
    assert changes.key.alpha == 0.3
    assert {cell.key.seed for cell in (before, again, changes)} == {3}

    assert refused("rerun", before.run_id, "sampler.alhpa=1") == (
        "unknown key 'sampler.alhpa'; did you mean 'sampler.alpha'?"
    )
    assert "0123" in refused("rerun", "0123")

    # Nothing can be held against what was measured on other data.
    elsewhere = langmix("rerun", before.run_id, "dataset.languages=[en]")
    assert "measured on other data" in elsewhere.stdout
    assert "monolingual/map" not in elsewhere.stdout

    # What was tracked is data, whoever wrote it there.
    tampered = artifact(store, before.run_id, "config.yaml")
    call = f"{{_target_: os.makedirs, name: {tmp_path / 'RAN'}}}"
    tampered.write_text(tampered.read_text().replace("query_prefix: 'query: '", f"query_prefix: [{call}]"))
    line = refused("rerun", before.run_id)
    assert line.startswith(f"{tampered}: backbone.query_prefix.0._target_=os.makedirs: none of langmix's own builders")
    assert not (tmp_path / "RAN").exists()


@pytest.fixture
def tracked(tmp_path):
    """A tracked configuration, written with changes and read again."""
    file = tmp_path / "config.yaml"

    def write(*overrides, **changes):
        cfg = OmegaConf.create(configured(overrides).values)
        for key, value in changes.items():
            OmegaConf.update(cfg, key, value, force_add=True)
        OmegaConf.save(cfg, file)
        return read(file)

    return write


@pytest.mark.parametrize(
    ("overrides", "key", "value"),
    [
        ((), "backbone", {"_target_": "pandas.read_pickle", "filepath_or_buffer": "https://example.org/x.pkl"}),
        ((), "dataset.languages", [["en", {"_target_": "os.makedirs", "name": "RAN"}]]),
        (("corpus=paper_mix",), "corpus.parts.wikiqa._target_", "os.makedirs"),
        (("baseline=z_score",), "baseline.fit_on", {"_target_": "hydra.utils.get_method", "path": "os.system"}),
        ((), "sampler", {"_target_": {"_target_": "os.getcwd"}, "name": "hybrid"}),
        ((), "backbone.query_prefix", "${oc.env:HOME}"),
        ((), "tracking.experiment", "${store.root}"),
    ],
)
def test_a_tracked_configuration_calls_and_reads_nothing_of_others(tracked, overrides, key, value):
    with pytest.raises(LangmixError) as error:
        tracked(*overrides, **{key: value})
    assert "\n" not in str(error.value)
    assert f"config.yaml: {key}" in str(error.value)


def test_what_an_earlier_version_tracked_is_read_as_today(tracked):
    then = tracked(
        *("corpus=paper_mix", "negatives=bm25"),
        **{
            "dataset._target_": "langmix.benchmark.atlas.atlas",
            "negatives.store": "/elsewhere",
            "corpus.parts.wikiqa.store": "/elsewhere",
            "store.tracking_uri": None,
        },
    )
    assert then["dataset"]["_target_"] == "langmix.collection.atlas.atlas"
    now = changed(then, ["store.root=here"])
    assert now.values == configured(["corpus=paper_mix", "negatives=bm25", "store.root=here"]).values
    assert now.dataset.build().name == "atlas"


def test_a_choice_within_an_option_is_kept_or_made_anew(tracked):
    words = ["loss=mimo", "backbone@loss.teacher=tiny", "loss.teacher.seed=3"]
    then = tracked(*words)
    assert changed(then, ["store.root=here"]).values == configured([*words, "store.root=here"]).values
    other = ["backbone@loss.teacher=labse", "store.root=here"]
    assert changed(then, other).values == configured(["loss=mimo", *other]).values
    another = ["loss=distill_kl", "store.root=here"]
    assert changed(then, another).values == configured(another).values


@pytest.mark.parametrize("text", ["!!python/object/apply:os.getcwd []", "a: [", "- a", ""])
def test_what_is_no_configuration_is_refused(tmp_path, text):
    (tmp_path / "config.yaml").write_text(text)
    with pytest.raises(LangmixError, match=r"config\.yaml: not a configuration") as error:
        read(tmp_path / "config.yaml")
    assert "\n" not in str(error.value)


def test_a_group_is_built_by_what_builds_such_groups(tracked):
    with pytest.raises(
        LangmixError, match=r"baseline\._target_=langmix\.encoder\.backbone\.random: builds no baseline"
    ):
        changed(tracked(**{"baseline._target_": "langmix.encoder.backbone.random"}), [])


def test_tracked_values_outlive_changes_of_the_configuration_files(tracked):
    then = tracked(
        *("corpus=jsonl", "corpus.files={en: a.jsonl, fi: b.jsonl}", "sampler.alpha=0.3", "training.max_steps=50"),
        *("baseline=mean_removal", "dataset.languages=[en]", "corpus@validation=atlas", "seed=7"),
    )
    del then["training"]["dropout"]  # came with a new version
    then["training"] |= {"gone": 1, "warmup_share": 0.5}
    then["corpus"]["store"] = "/elsewhere"
    del then["on_error"]
    now = changed(then, []).values
    assert now["training"].pop("dropout") == composed([]).training.dropout
    assert now["training"] == {key: value for key, value in then["training"].items() if key != "gone"}
    assert now["corpus"] == {key: value for key, value in then["corpus"].items() if key != "store"}
    assert now["on_error"] == "continue"
    assert [now[key] for key in ("sampler", "baseline", "dataset", "validation", "seed")] == [
        then[key] for key in ("sampler", "baseline", "dataset", "validation", "seed")
    ]

    # What follows from other values does so still, a group that is chosen anew is new, and a default is a value, too.
    now = changed(then, ["training.max_steps=80", "dataset.languages=[de]", "seed=0", "validation=null"]).values
    assert (now["sampler"]["alpha_steps"], now["baseline"]["fit_on"]["languages"]) == (80, ["de"])
    assert (now["seed"], now.get("validation"), now["sampler"]["alpha"]) == (0, None, 0.3)
    now = changed(then, ["sampler=hybrid", "corpus@validation=jsonl", 'store.root="~/x"', "+sampler.extra=1"]).values
    assert now["sampler"] == configured([]).values["sampler"] | {"alpha_steps": 50, "extra": 1}
    assert now["validation"]["_target_"].endswith("jsonl")
    assert now["store"]["root"] == str(Path("~/x").expanduser())


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("training.max_stesp=1", "unknown key 'training.max_stesp'; did you mean 'training.max_steps'?"),
        ("sampler=hybird", "sampler=hybird: no such sampler; did you mean 'hybrid'? (there are: "),
        ("seed=0,1", "seed=0,1: a run is run again once"),
        ("experiment=demo", "experiment=demo: an experiment is a configuration"),
        (
            "corpus.files={en: 文}",
            "cannot read corpus.files={en: 文}: quote the value, as in 'corpus.files={en: \"文\"}'",
        ),
    ],
)
def test_changes_that_cannot_be_are_refused(tracked, override, answer):
    with pytest.raises(LangmixError) as error:
        changed(tracked(), [override])
    assert str(error.value).startswith(answer)
