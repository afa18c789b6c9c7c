"""Disk that a trained `me5_small` takes, against its export as a whole model; and what comes back is the same.

Two steps on real pairs, which see what a trimmed vocabulary of the whole training sees: the size does not depend on
how many steps follow.
"""

import tempfile
from pathlib import Path

import torch

from langmix.encoder import changes
from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.training.fit import fit
from measure import backbone, report
from training import settings, with_sampler

PRESET = 300  # steps of conf/training/small.yaml
GOAL_MB = 200


def main() -> None:
    """Measure and print one line of JSON."""
    used, trained = backbone(), Encoder.load(backbone())
    chosen = settings(max_steps=PRESET, validate_every=PRESET, checkpoint_every=0)
    tokens = _tokens(trained, chosen)
    few = settings(max_steps=2, validate_every=2, validation_batches=1)
    fit(trained, with_sampler("train", few.batch_size), with_sampler("validation", few.batch_size), few, 0, _quiet)
    with torch.no_grad():  # rows that the whole training would have changed
        trained.model.get_input_embeddings().weight[tokens] *= 1.5
    with tempfile.TemporaryDirectory() as scratch:
        kept, whole = Path(scratch) / changes.FILE, Path(scratch) / "whole"
        base = Encoder.load(used).model
        changes.write(trained.model, base, few.decay(2), used.origin, kept)
        export(trained.model, trained.tokenizer, used, whole)
        changes.apply(base, used.origin, kept)
        expected = trained.model.state_dict()
        same = all(torch.equal(value, expected[name]) for name, value in base.state_dict().items())
        sizes = kept.stat().st_size, sum(path.stat().st_size for path in whole.rglob("*") if path.is_file())
    report(
        "trained_size",
        sizes[0] / sizes[1],
        f"a trained model <= {GOAL_MB} MB, and the same to the last bit",
        same and sizes[0] <= GOAL_MB * 1e6,
        kept_mb=round(sizes[0] / 1e6, 1),
        whole_mb=round(sizes[1] / 1e6, 1),
        rows=len(tokens),
    )


def _tokens(encoder: Encoder, chosen: object) -> torch.Tensor:
    from langmix.training.data import ParallelData

    data = ParallelData(with_sampler("train", 32), with_sampler("validation", 32), encoder, chosen)  # type: ignore[arg-type]
    return torch.tensor(sorted(data.tokens_used()))


def _quiet(*_: object) -> None:
    pass


if __name__ == "__main__":
    main()
