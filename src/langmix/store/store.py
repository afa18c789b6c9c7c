"""The one place on disk that holds tracked runs, models, corpora, backbones and embeddings."""

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from langmix.errors import LangmixError

SQLITE = "sqlite:///"
LAYOUT = 1
"""Raised when a store comes to be laid out so that earlier versions of langmix would misread it."""


@dataclass(frozen=True)
class Store:
    """Folders under one root, and the MLflow store that goes with them.

    Attributes:
        root: absolute path of the store.
        server: MLflow tracking URI used instead of the root's own SQLite file.
    """

    root: Path
    server: str | None = None

    @classmethod
    def open(cls, root: str | Path, tracking_uri: str | None = None) -> "Store":
        """Create what is missing under `root` and return the store.

        Args:
            root: the store's folder; made when missing.
            tracking_uri: an MLflow tracking URI to use instead of `<root>/mlflow.db`.

        Raises:
            LangmixError: when a path cannot be written, or a later version made the store.
        """
        store = cls(Path(root).expanduser().absolute(), tracking_uri)
        _check_layout(store.root)
        for folder in (store.root, store.models, store.corpora, store.backbones, store.embeddings):
            writable_folder(folder)
        return store

    @property
    def models(self) -> Path:
        """Trained models, one folder per training fingerprint."""
        return self.root / "models"

    @property
    def corpora(self) -> Path:
        """Parallel corpora converted to Arrow."""
        return self.root / "corpora"

    @property
    def backbones(self) -> Path:
        """Backbones fetched or converted once."""
        return self.root / "backbones"

    @property
    def embeddings(self) -> Path:
        """Encoded texts."""
        return self.root / "embeddings"

    @property
    def collections(self) -> Path:
        """Downloaded test collections."""
        return self.root / "collections"

    @property
    def unsent(self) -> Path:
        """What could not be sent to the MLflow store, one folder per run."""
        return self.root / "unsent"

    @property
    def artifact_root(self) -> Path:
        """Where runs of a database store keep their files."""
        return self.root / "mlartifacts"

    @property
    def artifact_location(self) -> str | None:
        """Artifact URI for new experiments; None leaves the choice to an MLflow server."""
        if self.tracking_uri.startswith(("http://", "https://")):
            return None
        return self.artifact_root.as_uri()

    @property
    def tracking_uri(self) -> str:
        """The MLflow tracking URI: the given one, else the SQLite file in the root."""
        return self.server or sqlite_uri(self.root / "mlflow.db")


def sqlite_uri(database: Path) -> str:
    """Return MLflow's URI of an SQLite file; `%` and `?` mean something in a URI and are escaped."""
    return SQLITE + str(database).replace("%", "%25").replace("?", "%3F")


def writable_folder(folder: Path) -> None:
    """Make a folder where there is none.

    Raises:
        LangmixError: Nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        # Permission bits do not tell for a superuser or a read-only mount: writing does.
        with tempfile.TemporaryFile(dir=folder):
            pass
    except FileExistsError as error:
        raise LangmixError(f"store {folder}: cannot be written: a file is in its place") from error
    except OSError as error:
        raise LangmixError(f"store {folder}: cannot be written: {error.strerror}") from error


def _check_layout(root: Path) -> None:
    """Refuse a store that a later version made; mark a new one with the layout of this version."""
    writable_folder(root)
    file = root / "LAYOUT"
    try:
        found = file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        unfinished = root / f".LAYOUT.{os.getpid()}.unfinished"
        unfinished.write_text(f"{LAYOUT}\n", encoding="utf-8")
        unfinished.replace(file)
        return
    if not found.isdecimal():
        raise LangmixError(f"{file}: holds {found!r}, not the number of a layout; is {root} a store of langmix?")
    if int(found) > LAYOUT:
        raise LangmixError(
            f"store {root}: made by a newer langmix (layout {found}, this version knows {LAYOUT}); upgrade langmix or "
            "choose another store.root"
        )
