"""Published files, downloaded once and held to their checksums."""

import hashlib
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from filelock import FileLock

from langmix.errors import LangmixError

TIMEOUT = 60.0  # seconds without an answer


def download(url: str, sha256: str, target: Path) -> Path:
    """Make ``target`` the file at ``url``, unless it is that already.

    Args:
        url: Address of the file.
        sha256: Checksum of the file, hexadecimal.
        target: Where the file is kept; it appears there only when its checksum is right.

    Raises:
        LangmixError: The address cannot be read, or what it holds has another checksum.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(target.parent / ".lock"):
            if not target.is_file() or hashlib.sha256(target.read_bytes()).hexdigest() != sha256:
                partial = target.with_name(f"{target.name}.partial")
                partial.write_bytes(_fetch(url, sha256))
                partial.replace(target)
    except OSError as error:
        raise LangmixError(f"{target}: cannot be written ({error.strerror or error})") from error
    return target


def _fetch(url: str, sha256: str) -> bytes:
    remedy = "pass dataset.path=FOLDER with the files of the data set"
    try:
        with urlopen(url, timeout=TIMEOUT) as response:  # noqa: S310  # the address is the configuration's
            content: bytes = response.read()
    except (OSError, HTTPException, ValueError) as error:
        told = error.reason if isinstance(error, URLError) and not isinstance(error, HTTPError) else error
        reason = " ".join(str(told).split()) or type(error).__name__
        raise LangmixError(f"cannot download {url} ({reason}); {remedy}") from error
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise LangmixError(f"{url} has SHA-256 {found}, not {sha256} as configured; {remedy}")
    return content
