"""Every configuration file composes, and a wrong override is answered with the right one."""

import pickle
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.utils import get_method
from hypothesis import given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from langmix.configuration.composition import composed, read
from langmix.configuration.folder import folder
from langmix.configuration.output import own_folder
from langmix.configuration.quoting import quote
from langmix.encoder.speed import Speed
from langmix.errors import LangmixError
from langmix.store import Store

ELSEWHERE = {"hydra", "translator", "recipe"}
FILES = [path for path in folder().glob("*/*.yaml") if path.parent.name not in ELSEWHERE]
OPTIONS = sorted(f"{path.parent.name}={path.stem}" for path in FILES)


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes_and_names_something_that_exists(option):
    asked = read([option])
    asked.check()
    assert asked.settings
    targets = [value for place, value in everything(asked.values) if place == "_target_"]
    assert len(targets) >= 5
    for target in targets:
        assert callable(get_method(target)), target


def everything(node):
    """Every key below a node with its value."""
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in children:
        yield key, value
        yield from everything(value)


@pytest.mark.parametrize("experiment", sorted(path.stem for path in (folder() / "experiment").glob("*.yaml")))
def test_every_experiment_runs(langmix, experiment):
    elsewhere = ["corpus=atlas", "corpus@validation=atlas", "dataset=atlas", "training.workers=0"]
    small = [
        *elsewhere,
        "backbone=tiny",
        "dataset.languages=[en,el]",
        "training.max_steps=2",
        "training.validate_every=2",
    ]
    done = langmix("-m", f"experiment={experiment}", *small, "training.batch_size=8", "training.validation_batches=1")
    assert done.returncode == 0, done.stderr
    assert "4 cells: 4 run" in done.stdout


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("sampler.alpah=0.3", "unknown key 'sampler.alpah'; did you mean 'sampler.alpha'?"),
        ("sampelr=hybrid", "unknown key 'sampelr'; did you mean 'sampler'?"),
        ("translator=nllb", "key 'translator' is only there with langmix translate"),
        ("learning_rate=1", "unknown key 'learning_rate'; did you mean 'training.learning_rate'?"),
        ("dataset.domain=x", "key 'dataset.domain' is only there with dataset=squadshifts"),
        ("dataset.topics=x", "key 'dataset.topics' is only there with dataset=miracl or dataset=trec"),
        ("dataset.part=x", "key 'dataset.part' is only there with dataset=native_qa"),
    ],
)
def test_a_wrong_key_is_answered_with_the_nearest(override, answer):
    with pytest.raises(LangmixError) as error:
        composed([override])
    assert str(error.value) == answer


@pytest.mark.parametrize(
    ("override", "form"),
    [
        ("corpus.files={en: 文/en.jsonl}", """'corpus.files={en: "文/en.jsonl"}'"""),
        ("corpus.queries=q/{name}.tsv", """'corpus.queries="q/{name}.tsv"'"""),
        ("store.root=~/x", """'store.root="~/x"'"""),
        (
            "corpus.files={en: p (1)/en.jsonl, fi: [a.jsonl, 文]}",
            """'corpus.files={en: "p (1)/en.jsonl", fi: [a.jsonl, "文"]}'""",
        ),
        ("backbone.folder=it's", """'backbone.folder="it'"'"'s"'"""),
        ("dataset.path=a,b", """'dataset.path="a,b"'"""),
    ],
)
def test_what_cannot_be_read_is_shown_quoted(override, form):
    with pytest.raises(LangmixError) as error:
        composed([override])
    assert form in str(error.value)
    assert str(error.value).count("\n") == 0
    (word,) = shlex.split(form)
    assert OverridesParser.create().parse_override(word).key_or_group == override.partition("=")[0]


@pytest.mark.parametrize("override", ["seed", "dataset.languages=[en,de", "corpus.files={en: a"])
def test_what_quotes_do_not_help_is_told_without_them(override):
    with pytest.raises(LangmixError, match=r"^cannot read .*(KEY=VALUE|must be closed)$"):
        composed([override])


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), min_size=1))
def test_a_quoted_value_is_read_as_it_is(text):
    assert OverridesParser.create().parse_override(f"key={quote(text)}").value() == text


def test_the_store_is_one_place_for_all_that_keep_something(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("LANGMIX_HOME", "~/home")
    groups = ["backbone=tiny", "corpus=jsonl", "negatives=bm25", "dataset=xquad_r"]
    for overrides, place in (([], tmp_path / "home"), (["store.root=here"], Path("here").absolute())):
        asked = read([*groups, *overrides])
        parts = (asked.backbone, asked.dataset, asked.to_train.corpus, asked.to_train.negatives)
        assert {part.store for part in parts} == {asked.store} == {Store(place)}
    with pytest.raises(LangmixError, match=r"store\.root=null: must have a value"):
        read(["store.root=null"])


def test_options_of_ones_own(tmp_path):
    (tmp_path / "my conf" / "sampler").mkdir(parents=True)
    (tmp_path / "my conf" / "sampler" / "mine.yaml").write_text("_target_: mine.sampler\nname: mine\n")
    assert composed(["sampler=mine"], tmp_path / "my conf").sampler.name == "mine"
    with pytest.raises(LangmixError, match=r"no such sampler; did you mean 'mine'\? \(there are: en_en.*mine"):
        composed(["sampler=minee"], tmp_path / "my conf")
    with pytest.raises(LangmixError, match=r"--config-dir nowhere: no such folder"):
        composed([], Path("nowhere"))


def test_output_folders_are_nobody_elses(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    found = []
    for _ in range(2):
        with initialize_config_dir(str(folder()), version_base="1.3", job_name="langmix"):
            found.append(compose("config", return_hydra_config=True))
        now = OmegaConf.get_cache(found[-1])["now"]
        now |= {pattern: str(number) for number, pattern in enumerate(now)}  # the same second
        for mode in ("run", "sweep"):
            assert Path(found[-1].hydra[mode].dir).is_dir()
    assert [cfg.hydra.run.dir for cfg in found] == ["outputs/0/1", "outputs/0/1-2"]
    # A launcher's process is handed the configuration and composes another, with what the first one made.
    with initialize_config_dir(str(folder()), version_base="1.3", job_name="langmix"):
        elsewhere = compose("config", return_hydra_config=True)
    OmegaConf.copy_cache(pickle.loads(pickle.dumps(found[1])), elsewhere)  # noqa: S301
    assert elsewhere.hydra.sweep.dir == "multirun/0/1-2"
    assert len(list(tmp_path.glob("*/0/*"))) == 4


def test_of_many_that_want_a_folder_each_gets_one(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: own_folder(tmp_path / "a" / "b"), range(40)))
    assert len(set(made)) == 40
    (tmp_path / "file").touch()
    with pytest.raises(
        LangmixError, match=r"file: cannot be written: a file is in its place|file/x: cannot be written"
    ):
        own_folder(tmp_path / "file" / "x")


def test_a_wrong_option_is_answered_with_the_options():
    with pytest.raises(
        LangmixError, match=r"sampler=hybird: no such sampler; did you mean 'hybrid'\? \(there are: en_en"
    ):
        composed(["sampler=hybird"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("training.max_steps=abc", "training.max_steps=abc: must be a whole number"),
        ("training.learning_rate=-1", "training.learning_rate=-1: must be greater than 0"),
        ("training.batch_size=true", "training.batch_size=True: must be a whole number"),
        ("training.precision=fp8", "training.precision=fp8: must be fp32 or bf16"),
        ("training.validate_every=7", "training.validate_every=7: must divide training.max_steps=300"),
        ("training.warmup_share=2", "training.warmup_share=2: must be a share"),
        ("training.gradient_clip=-1", "training.gradient_clip=-1: must not be negative"),
        ("training.monitor=recall", "training.monitor=recall: must be loss or map"),
        ("training.patience=-1", "training.patience=-1: must not be negative"),
        ("training.devices=0", "training.devices=0: must be greater than 0"),
        ("training.nodes=33", "training.batch_size=32: must give each of the 33 processes"),
        ("seed=-1", "seed=-1: must be a whole number from 0"),
        ("seed=1.5", "seed=1.5: must be a whole number"),
        ("seed=null", "seed=null: must have a value"),
        ("seed=[1]", "seed=[1]: must be a whole number"),
        ("training.temperature=warm", "training.temperature=warm: must be a number"),
        ("training.monitor=[loss]", "training.monitor=['loss']: must be a word"),
        ("retrieval.run_files={a: 1}", "retrieval.run_files={'a': 1}: must be true or false"),
        ("store=here", "store=here: must be keys and their values, as in store.KEY=VALUE"),
        ("+training.foo=1", "training.foo: no such key (there are: "),
        ("+retrieval.foo=1", "retrieval.foo: no such key (there are: "),
        ("store.tracking_uri=x", "unknown key 'store.tracking_uri'; it is 'tracking.mirror' now"),
        ("tracking.mirror=5", "tracking.mirror=5: must be an MLflow address, such as http://HOST:5000"),
        ("training=null", "training=null: must name an option of training (there are: paper, small)"),
        ("sampler=3", "sampler=3: must name an option of sampler (there are: en_en, hybrid, none"),
        ("+dataset.name=../x", "dataset.name=../x: must be a name without / and \\"),
        ("train=maybe", "train=maybe: must be true or false"),
        ("retrieval.precision=int8", "retrieval.precision=int8: must be fp32, bf16, or auto"),
        ("retrieval.batch_tokens=0", "retrieval.batch_tokens=0: must be a whole number from 1"),
        ("retrieval.index_depth=0", "retrieval.index_depth=0: must be a whole number from 1"),
        ("retrieval.index=Foo", "retrieval.index=Foo: FAISS says: could not parse index string Foo"),
        ('retrieval.index_search="nprobe=8"', "retrieval.index_search is about an index, and retrieval.index is null"),
    ],
)
def test_values_are_checked(override, message):
    with pytest.raises(LangmixError) as error:
        check(read([override]))
    assert str(error.value).startswith(message)


def check(asked):
    asked.check()
    assert asked.settings


def test_whole_numbers_do_for_numbers():
    assert read(["training.temperature=1"]).settings.temperature == 1


def test_the_command_line_does_not_load_what_is_slow():
    slow = ("torch", "mlflow", "matplotlib", "pandas")
    script = f"import sys, langmix.app.cli; sys.exit(any(module in sys.modules for module in {slow}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_help(langmix):
    done = langmix("--help")
    assert done.returncode == 0
    assert "langmix -m KEY=A,B" in done.stdout
    assert "sampler: en_en, hybrid, none, x_x, x_x_mono, x_y" in done.stdout


def test_auto_is_a_precision_before_anything_is_named_by_it(tmp_path, monkeypatch):
    fast, slow = ({"fp32": {"torch": 2.0}, "bf16": {"torch": bf16}} for bf16 in (1.0, 3.0))
    monkeypatch.setattr(Speed, "here", lambda _: Speed("a processor", 2, {"encoding": fast, "training": slow}))
    auto = ["retrieval.precision=auto", "training.precision=auto", f"store.root={quote(str(tmp_path))}"]
    asked = read(auto)
    assert (asked.encoding[0], asked.settings.precision) == ("bf16", "fp32")
    assert (asked.values["retrieval"]["precision"], asked.values["training"]["precision"]) == ("bf16", "fp32")
    monkeypatch.setattr(Speed, "here", lambda _: pytest.fail("measured"))
    assert read([]).encoding[0] == "fp32"
