"""Hydra's product of all values, checked in a fraction of the time. Hydra finds sweepers in this package only."""

from collections.abc import Sequence

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper


class ProductSweeper(BasicSweeper):
    """Hydra's own sweeper, quicker to find what cannot be composed."""

    def validate_batch_is_legal(self, batch: Sequence[Sequence[str]]) -> None:
        """Compose as many cells as it takes to compose every override once.

        Hydra composes all of them before the launcher does so again, .15 s each. What is wrong with a value is wrong in
        whatever cell it stands.

        Args:
            batch: The overrides of each cell.

        Raises:
            HydraException: A cell cannot be composed.
        """
        composed: set[str] = set()
        covering = []
        for overrides in batch:
            if not composed.issuperset(overrides):
                composed.update(overrides)
                covering.append(overrides)
        super().validate_batch_is_legal(covering)
