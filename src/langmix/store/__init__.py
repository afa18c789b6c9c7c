"""Where everything is kept."""

from langmix.store.handing import handed
from langmix.store.store import Store

__all__ = ["Store", "handed"]
