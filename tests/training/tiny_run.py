"""A training run that takes a second: random weights, two languages, twelve steps."""

import copy

from langmix.corpus.atlas import atlas
from langmix.sampling import hybrid
from langmix.training.fit import fit
from langmix.training.settings import Settings

SETTINGS = Settings(
    max_steps=12,
    batch_size=8,
    learning_rate=1e-2,
    warmup_share=0.25,
    weight_decay=0.5,  # large, so that a mistake in it is seen
    temperature=0.05,
    learn_temperature=False,
    dropout=0.0,
    gradient_clip=1.0,
    precision="fp32",
    validate_every=3,
    validation_batches=2,
    monitor="loss",
    patience=0,
    chunk_tokens=512,
    cache_gradients=False,
    trim_vocabulary=False,
    deterministic=True,
    accelerator="cpu",
    devices=1,
    nodes=1,
    workers=0,
    checkpoint_every=0,
)
BACKBONE = {
    "name": "tiny",
    "seed": 0,
    "pooling": "mean",
    "query_prefix": "query: ",
    "passage_prefix": "passage: ",
    "max_query_tokens": 64,
    "max_passage_tokens": 128,
}


def arms(languages=("en", "de"), batch_size=8):
    train, validation = atlas(languages, split="train"), atlas(languages, split="validation")
    return (train, hybrid(train, batch_size, seed=1)), (validation, hybrid(validation, batch_size, seed=0))


def run(tiny, settings, seed=3, **more):
    encoder = copy.deepcopy(tiny)
    history = []
    fitted = fit(encoder, *arms(), settings, seed, lambda step, figures: history.append((step, dict(figures))), **more)
    return encoder, fitted, history
