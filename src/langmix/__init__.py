"""langmix: how languages are mixed inside training batches, measured on multilingual retrieval."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from langmix.api import compare, evaluate, fit, load, read_pairs
    from langmix.collection import Candidate, Collection, Query
    from langmix.errors import LangmixError
    from langmix.store import Store

__version__ = "0.1.0"

__all__ = [
    "Candidate",
    "Collection",
    "LangmixError",
    "Query",
    "Store",
    "compare",
    "evaluate",
    "fit",
    "load",
    "read_pairs",
]

_MODULES = {
    "langmix.api": ("compare", "evaluate", "fit", "load", "read_pairs"),
    "langmix.collection": ("Candidate", "Collection", "Query"),
    "langmix.errors": ("LangmixError",),
    "langmix.store": ("Store",),
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: the command line needs none of it, and answers sooner without."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(module), name)
    raise AttributeError(f"module 'langmix' has no attribute '{name}'")
