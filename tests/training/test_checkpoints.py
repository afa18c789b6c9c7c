"""An interrupted run goes on from its last checkpoint to the weights of an uninterrupted one."""

import copy
import hashlib
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from langmix.errors import LangmixError
from langmix.training.checkpoints import CheckpointFolder, Checkpoints

from .tiny_run import SETTINGS, run

# Dropout, an early stop's counter and a trimmed vocabulary are all part of the state.
RESUMABLE = replace(SETTINGS, checkpoint_every=2, dropout=0.2, patience=3, trim_vocabulary=True)


def interrupt_at(monkeypatch, step):
    """End the run with an error before a step is trained."""
    from langmix.training.module import BiEncoder

    trained = BiEncoder.training_step

    def training_step(self, batch, batch_idx):
        if self.global_step == step:
            raise InterruptedError
        return trained(self, batch, batch_idx)

    monkeypatch.setattr(BiEncoder, "training_step", training_step)


@pytest.fixture(scope="module")
def uninterrupted(tiny):
    return run(tiny, RESUMABLE)


def same_weights(first, second):
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


@pytest.mark.parametrize("steps", [(1,), (2,), (5,), (6,), (7, 9), (3, 4, 11)])
def test_the_weights_are_those_of_an_uninterrupted_run(tiny, tmp_path, monkeypatch, uninterrupted, steps):
    expected, fitted, history = uninterrupted
    for step in steps:
        with monkeypatch.context() as patch:
            interrupt_at(patch, step)
            with pytest.raises(InterruptedError):
                run(tiny, RESUMABLE, checkpoints=tmp_path / "run")
        found = [path.name.split(".")[0] for path in (tmp_path / "run").glob("*")]
        assert found == ([f"step-{step // 2 * 2}"] if step > 1 else [])
    encoder, resumed, rest = run(tiny, RESUMABLE, checkpoints=tmp_path / "run")
    assert same_weights(encoder, expected)
    assert resumed == fitted
    assert rest == [(step, figures) for step, figures in history if step > steps[-1] // 2 * 2]


def test_a_training_goes_on_with_the_products_it_began_with(tiny, tmp_path, monkeypatch):
    began = copy.deepcopy(tiny)
    began.product = "onednn"
    expected, fitted, _ = run(began, RESUMABLE)
    with monkeypatch.context() as patch:
        interrupt_at(patch, 5)
        with pytest.raises(InterruptedError):
            run(began, RESUMABLE, checkpoints=tmp_path)
    encoder, resumed, _ = run(tiny, RESUMABLE, checkpoints=tmp_path)
    assert tiny.product == "torch"
    assert encoder.product == "onednn"
    assert resumed == fitted
    assert same_weights(encoder, expected)


# Patience ends this run after step 5, for the weights of step 3; step 8 and later ones would be better yet.
STOPPING = replace(RESUMABLE, max_steps=16, validate_every=1, patience=2, learning_rate=0.03)


def falling(encoder):
    """A stand-in for mAP that falls as weight decay makes the weights smaller."""
    return sum(float(value.double().abs().sum()) for value in encoder.parameters())


def stop_in(monkeypatch, moment):
    """End the run with an error around the moment when patience fires."""
    from langmix.training.callbacks import BestWeights

    def interrupt(self, trainer, pl_module):
        raise InterruptedError

    def write_no_more(self, trainer, pl_module, save=Checkpoints.on_validation_end):
        if trainer.should_stop:
            raise InterruptedError
        save(self, trainer, pl_module)

    if moment == "before the last step":
        interrupt_at(monkeypatch, 2)
    elif moment == "before the last checkpoint":
        monkeypatch.setattr(Checkpoints, "on_validation_end", write_no_more)
    else:
        monkeypatch.setattr(BestWeights, "on_fit_end", interrupt)


@pytest.mark.parametrize("checkpoint_every", [1, 2])
@pytest.mark.parametrize("moment", ["before the last step", "before the last checkpoint", "after the last checkpoint"])
@pytest.mark.parametrize("monitor", ["loss", "map"])
def test_an_early_stop_is_the_same_whenever_the_run_was_killed(
    tiny, tmp_path, monkeypatch, monitor, moment, checkpoint_every
):
    settings = replace(STOPPING, monitor=monitor, checkpoint_every=checkpoint_every)
    more = {"seed": 4, "evaluate": falling if monitor == "map" else None}
    expected, fitted, history = run(tiny, settings, **more)
    assert fitted.best_step + settings.patience == fitted.steps < settings.max_steps / 2
    with monkeypatch.context() as patch:
        stop_in(patch, moment)
        with pytest.raises(InterruptedError):
            run(tiny, settings, checkpoints=tmp_path, **more)
    (path,) = tmp_path.iterdir()
    step = int(path.name.split(".")[0].removeprefix("step-"))
    encoder, resumed, rest = run(tiny, settings, checkpoints=tmp_path, **more)
    assert resumed == fitted
    assert rest == [(later, figures) for later, figures in history if later > step]
    assert same_weights(encoder, expected)


def test_the_same_checkpoint_twice_is_kept(tmp_path):
    folder = CheckpointFolder(tmp_path)
    for _ in range(2):
        folder.save_checkpoint({"global_step": 3}, "")
    assert folder.latest() is not None


@pytest.fixture
def half_done(tiny, tmp_path, monkeypatch):
    """Folder of checkpoints of a run that ended after the checkpoint of step 4."""
    with monkeypatch.context() as patch:
        interrupt_at(patch, 5)
        with pytest.raises(InterruptedError):
            run(tiny, RESUMABLE, checkpoints=tmp_path)
    return tmp_path


def test_a_damaged_checkpoint_is_passed_over(tiny, half_done, uninterrupted, caplog):
    (path,) = half_done.iterdir()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with caplog.at_level("WARNING"):
        encoder, _, history = run(tiny, RESUMABLE, checkpoints=half_done)
    assert [record.getMessage() for record in caplog.records if "step-4" in record.getMessage()] == [
        f"{path}: damaged (its content is not what its name says): not resumed from step 4"
    ]
    assert history[0][0] == 1
    assert same_weights(encoder, uninterrupted[0])


def test_a_checkpoint_of_another_version_is_refused(tiny, half_done, monkeypatch):
    monkeypatch.setattr("langmix.training.checkpoints._FORMAT", 0)
    with pytest.raises(LangmixError, match=r"step-4\..*: written by checkpoint format 3, .* to start again$"):
        run(tiny, RESUMABLE, checkpoints=half_done)


def test_something_else_under_a_checkpoints_name_is_refused(tiny, half_done):
    (path,) = half_done.iterdir()
    content = b"no checkpoint"
    path.rename(path.with_name(f"step-4.{hashlib.sha256(content).hexdigest()}.ckpt")).write_bytes(content)
    with pytest.raises(LangmixError, match=r"not a checkpoint that langmix wrote; remove .* to start again"):
        run(tiny, RESUMABLE, checkpoints=half_done)


FULL_DISK = """
import resource, sys
from dataclasses import replace
from pathlib import Path
from langmix.encoder import backbone
from langmix.store import Store
from langmix.encoder.encoder import Encoder
from langmix.errors import LangmixError
from langmix.training.checkpoints import CheckpointFolder
from tests.training.tiny_run import BACKBONE, run
from tests.training.test_checkpoints import RESUMABLE

folder = Path(sys.argv[1])
whole = CheckpointFolder.save_checkpoint

def save_checkpoint(self, checkpoint, path, storage_options=None):
    if checkpoint["global_step"] == 6:  # from here on no file may grow over 100 kB
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    whole(self, checkpoint, path, storage_options)

CheckpointFolder.save_checkpoint = save_checkpoint
encoder = Encoder.load(backbone.random(**BACKBONE, store=Store(folder / "store")))
try:
    run(encoder, RESUMABLE, checkpoints=folder / "run")
except LangmixError as error:
    sys.exit(str(error))
"""


def test_a_full_disk_leaves_the_checkpoint_before(tiny, tmp_path, start, uninterrupted, monkeypatch):
    monkeypatch.chdir(Path(__file__).parents[2])
    process = start(FULL_DISK, tmp_path)
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 1
    assert errors.splitlines()[-1] == (
        f"{tmp_path / 'run'}: the checkpoint of step 6 cannot be written: File too large; the checkpoint of step 4 is "
        "kept; put that right and give the same command again, or set training.checkpoint_every=0"
    )
    assert [path.name.split(".")[0] for path in (tmp_path / "run").iterdir()] == ["step-4"]
    encoder, *_ = run(tiny, RESUMABLE, checkpoints=tmp_path / "run")
    assert same_weights(encoder, uninterrupted[0])
