"""Every configuration file composes, and a wrong override is answered with the right one."""

import subprocess
import sys

import pytest
from hydra.utils import get_method

from langmix.app.configuration import composed, folder
from langmix.app.parts import check, settings
from langmix.errors import LangmixError

OPTIONS = sorted(f"{path.parent.name}={path.stem}" for path in folder().glob("*/*.yaml") if path.parent.name != "hydra")


@pytest.mark.parametrize("option", OPTIONS)
def test_every_option_composes_and_names_something_that_exists(option):
    cfg = composed([option])
    check(cfg)
    settings(cfg)
    for group in ("backbone", "corpus", "dataset", "sampler"):
        if "_target_" in cfg[group]:
            assert callable(get_method(cfg[group]._target_))


@pytest.mark.parametrize(
    ("override", "answer"),
    [
        ("sampler.alpah=0.3", "unknown key 'sampler.alpah'; did you mean 'sampler.alpha'?"),
        ("sampelr=hybrid", "unknown key 'sampelr'; did you mean 'sampler'?"),
        ("learning_rate=1", "unknown key 'learning_rate'; did you mean 'training.learning_rate'?"),
        ("dataset.path=x", "key 'dataset.path' is only there with dataset=mlqa_r or dataset=xquad_r"),
    ],
)
def test_a_wrong_key_is_answered_with_the_nearest(override, answer):
    with pytest.raises(LangmixError) as error:
        composed([override])
    assert str(error.value) == answer


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
        ("train=maybe", "train=maybe: must be true or false"),
        ("retrieval.precision=int8", "retrieval.precision=int8: must be fp32 or bf16"),
        ("retrieval.batch_tokens=0", "retrieval.batch_tokens=0: must be a whole number from 1"),
    ],
)
def test_values_are_checked(override, message):
    cfg = composed([override])
    with pytest.raises(LangmixError) as error:
        check_all(cfg)
    assert str(error.value).startswith(message)


def check_all(cfg):
    check(cfg)
    settings(cfg)


def test_whole_numbers_do_for_numbers():
    assert settings(composed(["training.temperature=1"])).temperature == 1


def test_the_command_line_does_not_load_what_is_slow():
    slow = ("torch", "mlflow", "matplotlib", "pandas")
    script = f"import sys, langmix.app.cli; sys.exit(any(module in sys.modules for module in {slow}))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_help(langmix):
    done = langmix("--help")
    assert done.returncode == 0
    assert "langmix -m KEY=A,B" in done.stdout
    assert "sampler: en_en, hybrid, none, x_x, x_x_mono, x_y" in done.stdout
