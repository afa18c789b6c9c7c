"""langmix: how languages are mixed inside training batches, measured on multilingual retrieval."""

__version__ = "0.1.0"
