"""What made a trained model, beyond its configuration and its data."""

from importlib.metadata import version

TRAINER = 2
"""Raised whenever the same configuration would come to give other weights."""


def software() -> dict[str, str]:
    """Versions of the libraries that decide what weights come out of a training, and what embeddings out of weights."""
    return {package: version(package).partition("+")[0] for package in ("torch", "transformers", "tokenizers")}
