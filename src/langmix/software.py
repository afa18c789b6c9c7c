"""What computes: langmix's own source files, and the libraries that weights and figures depend on."""

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import langmix


@cache
def code() -> str:
    """Hash of langmix's own source files as this process found them: told from one another without git, too.

    A commit would not do: it changes with every line of a document, and `-dirty` says nothing of what was changed.
    """
    package = Path(langmix.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(package.rglob("*.py")):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(package).as_posix()}\n{len(content)}\n".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def versions() -> dict[str, str]:
    """Versions of the libraries that decide what weights come out of a training, and what embeddings out of weights."""
    return {package: _version(package) for package in ("torch", "transformers", "tokenizers")}


@cache  # cells of a sweep ask a hundred times
def _version(package: str) -> str:
    return version(package).partition("+")[0]
