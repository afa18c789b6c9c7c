"""The SQLite file that MLflow keeps its runs in."""

import sqlite3
from contextlib import closing
from pathlib import Path
from urllib.parse import unquote

from filelock import FileLock

from langmix.errors import LangmixError
from langmix.store.layout import writable_folder
from langmix.store.store import SQLITE, sqlite_uri


def prepare(tracking_uri: str) -> None:
    """Build the schema once, whoever comes first; the file appears only when it is complete.

    Args:
        tracking_uri: Of an SQLite file.

    Raises:
        LangmixError: The file cannot be written, or is not MLflow's.
    """
    database = Path(unquote(tracking_uri.removeprefix(SQLITE).partition("?")[0])).absolute()
    writable_folder(database.parent)
    if not database.exists():
        with FileLock(database.with_name(f".{database.name}.lock")):
            if not database.exists():
                _build_schema(database)
    _check_schema(database)


def _build_schema(database: Path) -> None:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    # Migrations are many small transactions: killed half-way, they would leave a file that no later start can use.
    # So the schema is made beside its place and moved there whole.
    unfinished = database.with_name(f".{database.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    built = SqlAlchemyStore(sqlite_uri(unfinished), (database.parent / "mlartifacts").as_uri())  # type: ignore[no-untyped-call]
    built.engine.dispose()
    unfinished.replace(database)


def _check_schema(database: Path) -> None:
    # Handed a file that is no database, MLflow itself would retry for minutes.
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=rw", uri=True, timeout=60)) as connection:
            connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        raise LangmixError(f"store {database}: not an MLflow database ({error}); move the file away") from error
