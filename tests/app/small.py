"""A sweep that takes seconds: a few questions in LAReQA's format, random weights, four steps."""

from tests.collection.sample_lareqa import sample, write

TRAINING = [
    "corpus.languages=[en,de]",
    "training.max_steps=4",
    "training.validate_every=2",
    "training.validation_batches=1",
    "training.batch_size=8",
    "training.learning_rate=0.03",  # so that samplers give different figures after so few steps
]


def small(folder):
    """Overrides of a cell on the sample data, which are written below ``folder``."""
    write(folder / "lareqa", sample())
    return [
        "backbone=tiny",
        "dataset=xquad_r",
        f"dataset.path={folder / 'lareqa'}",
        "dataset.languages=[en,zh]",
        *TRAINING,
    ]
