"""The way to MLflow: imported late, quiet at start-up, its errors in one line."""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from langmix.errors import LangmixError
from langmix.store.store import SQLITE
from langmix.tracking.database import prepare

if TYPE_CHECKING:  # importing MLflow takes a second or more: only functions that need it pay for it
    from mlflow import MlflowClient

_Answer = TypeVar("_Answer")

_ATTEMPTS = 6  # at a row that others insert too: each time that one is refused, one of at most three rows is there

CHATTY_LOGGERS = ("mlflow", "alembic")
"""Loggers that report schema creation and every migration at INFO."""


def quieten() -> None:
    """Switch off MLflow's usage reports, progress bars, start-up messages and long waits; call it before its import.

    A server that does not answer is given seconds: MLflow's own seven attempts take minutes each time.
    """
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "2")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR", "1")
    os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "30")
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
    # MLflow configures its own logger while it is imported, from this variable.
    os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
    for name in CHATTY_LOGGERS:
        logging.getLogger(name).setLevel(logging.WARNING)


def connect(tracking_uri: str) -> "MlflowClient":
    """Return a client of its own for one MLflow store; the process-wide tracking URI is left alone.

    Raises:
        LangmixError: when MLflow knows no store of this kind, or an SQLite file is not MLflow's.
    """
    quieten()
    if tracking_uri.startswith(SQLITE):
        prepare(tracking_uri)
    from mlflow import MlflowClient

    with one_line_errors(tracking_uri):
        return MlflowClient(tracking_uri=tracking_uri, registry_uri=tracking_uri)


def insert(request: Callable[[], _Answer]) -> _Answer:
    """Make a request that may insert a row which other processes insert too, such as a data set or a tag.

    MLflow looks for the row, then inserts it. If another process is faster in between, the database refuses the whole
    request, which finds the row when it is made again.
    """
    from mlflow.exceptions import MlflowException

    for _ in range(_ATTEMPTS - 1):
        try:
            return request()
        except MlflowException as error:
            if error.error_code != "BAD_REQUEST":  # what MLflow makes of a database's refusal, and of nothing else
                raise
    return request()


@contextmanager
def one_line_errors(tracking_uri: str) -> Iterator[None]:
    """Turn what MLflow raises into a `LangmixError` that names the store.

    Raises:
        LangmixError: it refused what was asked inside the block.
    """
    from mlflow.exceptions import MlflowException

    try:
        yield
    except MlflowException as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise LangmixError(f"MLflow store {tracking_uri}: {lines[0]}") from error
