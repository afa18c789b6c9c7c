"""Files of data sets: on this machine, or a pinned revision on the Hugging Face hub."""

import re
from pathlib import Path

from langmix.errors import LangmixError

_ADDRESS = re.compile(r"hf://datasets/(?P<repo>[^/@]+/[^/@]+)(?:@(?P<revision>[^/]*))?/(?P<file>.+)")
COMMIT = re.compile(r"[0-9a-f]{40}")
"""A revision that does not move, as branches do."""

LANGUAGE = "{language}"
"""What stands for a language's code in the path of a file or folder."""


def local(source: str | Path) -> Path:
    """The file at a path, or at ``hf://datasets/OWNER/NAME@COMMIT/FILE``, downloaded once into the hub's cache.

    Raises:
        LangmixError: The address names no commit, or the hub cannot be reached or has no such file.
    """
    if not str(source).startswith("hf://"):
        return Path(source).expanduser()
    match = _ADDRESS.fullmatch(str(source))
    if match is None:
        raise LangmixError(f"{source}: not an address like hf://datasets/OWNER/NAME@COMMIT/FILE")
    if not COMMIT.fullmatch(match["revision"] or ""):
        # A branch moves, and a corpus with it.
        raise LangmixError(f"{source}: needs a full commit hash, as in hf://datasets/OWNER/NAME@COMMIT/FILE")
    from httpx2 import HTTPError
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(match["repo"], match["file"], repo_type="dataset", revision=match["revision"]))
    except (OSError, ValueError, HTTPError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise LangmixError(f"{source}: the hub does not give it ({reason}); download it and give its path") from error
