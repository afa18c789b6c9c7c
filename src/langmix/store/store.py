"""The one place on disk that holds tracked runs, models, corpora, backbones and embeddings."""

from dataclasses import dataclass
from pathlib import Path

from langmix.store.layout import check_layout, writable_folder

SQLITE = "sqlite:///"


@dataclass(frozen=True)
class Store:
    """Folders under one root.

    Attributes:
        root: Absolute path of the store.
    """

    root: Path

    @classmethod
    def at(cls, root: str | Path, base: str | Path = ".") -> "Store":
        """The store at a place, as it is: nothing is made.

        Args:
            root: The store's folder; ``~`` is the user's home.
            base: What a relative path is relative to.
        """
        return cls((Path(base) / Path(root).expanduser()).absolute())

    @classmethod
    def open(cls, root: str | Path) -> "Store":
        """Create what is missing under a root, bring an older layout to today's, and return the store.

        Args:
            root: The store's folder; made when missing.

        Raises:
            LangmixError: A path cannot be written, or another version made the store so that this one cannot use it.
        """
        store = cls.at(root)
        check_layout(store.root)
        for folder in (store.root, store.models, store.corpora, store.backbones, store.embeddings, store.speed):
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
    def indexes(self) -> Path:
        """Indexes of embeddings, by the vectors that are in them."""
        return self.root / "indexes"

    @property
    def negatives(self) -> Path:
        """Hard negatives mined from corpora."""
        return self.root / "negatives"

    @property
    def collections(self) -> Path:
        """Downloaded test collections."""
        return self.root / "collections"

    @property
    def translations(self) -> Path:
        """What has been translated, a file per translator and direction."""
        return self.root / "translations"

    @property
    def speed(self) -> Path:
        """What was measured of the processors that have used the store."""
        return self.root / "speed"

    @property
    def claims(self) -> Path:
        """Locks of the cells that processes of a study are making."""
        return self.root / "claims"

    @property
    def tracking_uri(self) -> str:
        """MLflow's URI of the SQLite file that keeps the runs."""
        return sqlite_uri(self.root / "mlflow.db")

    @property
    def artifact_root(self) -> Path:
        """Where the files of runs are kept."""
        return self.root / "mlartifacts"


def sqlite_uri(database: Path) -> str:
    """MLflow's URI of an SQLite file; `%` and `?` mean something in a URI and are escaped."""
    return SQLITE + str(database).replace("%", "%25").replace("?", "%3F")
