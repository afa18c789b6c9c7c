"""One part of a configuration that is called: a corpus, a sampler, a backbone."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from hydra.utils import instantiate
from omegaconf import OmegaConf

from langmix.store import Store, handed

_TARGET = "_target_"


@dataclass(frozen=True)
class Part:
    """An option of a configuration group: a function, and the values it is called with.

    Attributes:
        text: The option's resolved keys as JSON, so that equal parts are equal and can be kept by.
        store: Where functions keep things that have something to keep.
    """

    text: str
    store: Store

    @classmethod
    def of(cls, values: dict[str, Any], store: Store) -> "Part":
        """The part with these resolved keys."""
        return cls(json.dumps(values), store)

    @property
    def values(self) -> dict[str, Any]:
        """The keys, the function's name among them."""
        return dict(json.loads(self.text))

    @property
    def builds(self) -> bool:
        """Whether there is anything to call: not for ``sampler=none``."""
        return _TARGET in self.values

    @property
    def function(self) -> str:
        """Last part of the function's name."""
        return str(self.values[_TARGET].rpartition(".")[2])

    @property
    def name(self) -> str:
        """What it is called in tables: its own name, or the function's."""
        return str(self.values.get("name") or self.function)

    def without(self, *keys: str) -> "Part":
        """The part with less."""
        return Part.of({key: value for key, value in self.values.items() if key not in keys}, self.store)

    def partial(self) -> Any:
        """The function with its values, to be called with more."""
        # Only the values go through Hydra: it would turn corpora among the arguments into configurations, and wrap
        # errors in its own.
        return instantiate(OmegaConf.create(self.values), _partial_=True, _convert_="all")

    def build(self, **arguments: Any) -> Any:
        """Call the function with its values and ``arguments``; a part among the values is handed on to be built."""
        parts = {
            key: Part.of(value, self.store).shared
            for key, value in self.values.items()
            if isinstance(value, dict) and _TARGET in value
        }
        function = self.without(*parts).partial()
        return function(**arguments, **parts, **handed(function, self.store))

    def shared(self, **arguments: str) -> Any:
        """As `build`, but the cells of a sweep, which share data, read and hash it once."""
        return _kept(self, **arguments)


@lru_cache(maxsize=8)
def _kept(part: Part, **arguments: str) -> Any:
    return part.build(**arguments)
