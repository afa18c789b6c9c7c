"""All runs that meet a condition, however many they are."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run

RUNS_PER_PAGE = 1000


def search(client: "MlflowClient", experiment_id: str, condition: str) -> "Iterator[Run]":
    """Yield the runs of an experiment that meet an MLflow filter, oldest first, whatever their number."""
    token: str | None = None
    while True:
        page = client.search_runs(
            [experiment_id],
            condition,
            max_results=RUNS_PER_PAGE,
            order_by=["attributes.start_time ASC"],
            page_token=token,
        )
        yield from page
        token = page.token
        if not token:
            return
