"""Where everything is kept."""

from langmix.store.store import Store

__all__ = ["Store"]
