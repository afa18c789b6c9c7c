"""Handing the store to those who keep something."""

import inspect
from collections.abc import Callable
from typing import Any

from langmix.store.store import Store


def handed(builder: Callable[..., Any], store: Store) -> dict[str, Store]:
    """The store as an argument for whoever names one ``store``, nothing for others."""
    return {"store": store} if "store" in inspect.signature(builder).parameters else {}
