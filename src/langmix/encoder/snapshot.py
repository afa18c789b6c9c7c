"""A pinned revision of a Hugging Face hub model as a local folder, without ever waiting long for an absent hub."""

import threading
from pathlib import Path

from langmix.encoder.folder import missing_part
from langmix.errors import LangmixError

PATIENCE = 4.0
"""Seconds that the hub has to answer at all, name resolution included."""

_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]
_NOT_FILES = ["*/*"]  # weights for other frameworks and the modules of Sentence-Transformers lie in subfolders


def find(model_id: str, revision: str, weights: str = "model.safetensors") -> Path | str:
    """The folder of the snapshot, from the cache or downloaded; or, if the hub cannot be reached, why not.

    Args:
        model_id: Hub id, ``owner/model``.
        revision: Full commit hash.
        weights: Name of the file that holds them.

    Raises:
        LangmixError: If the hub says that there is no such model or revision, it has no such weights, or the
            download breaks off.
    """
    from httpx2 import HTTPError
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        cached = Path(
            snapshot_download(
                model_id,
                revision=revision,
                allow_patterns=[*_FILES, weights],
                ignore_patterns=_NOT_FILES,
                local_files_only=True,
            )
        )
    except LocalEntryNotFoundError:
        pass
    else:
        # A cache filled by other programs may hold, say, the tokenizer alone.
        if missing_part(cached, weights) is None:
            return cached
    obstacle = _obstacle(model_id, revision)
    if obstacle is not None:
        return obstacle
    try:
        folder = Path(
            snapshot_download(
                model_id, revision=revision, allow_patterns=[*_FILES, weights], ignore_patterns=_NOT_FILES
            )
        )
    except (OSError, ValueError, HTTPError) as error:
        raise LangmixError(
            f"download of {model_id} at revision {revision} broke off ({_line(error)}); run again to resume"
        ) from error
    lacking = missing_part(folder, weights)
    if lacking is not None:
        raise LangmixError(
            f"{model_id} at revision {revision}: the hub has no {lacking} for it; choose another revision"
        )
    return folder


def _obstacle(model_id: str, revision: str) -> str | None:
    """Why the hub cannot be reached; None if it has the revision.

    Raises:
        LangmixError: If the hub answers that it has not, or not for this user.
    """
    from httpx2 import HTTPError
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import RepositoryNotFoundError, RevisionNotFoundError

    if constants.is_offline_mode():
        return "HF_HUB_OFFLINE is set"
    outcome: list[Exception | None] = []

    def ask() -> None:
        try:
            HfApi().model_info(model_id, revision=revision, timeout=PATIENCE)
        except Exception as error:  # raised again below, in the thread that asks
            outcome.append(error)
        else:
            outcome.append(None)

    # A time-out of the request does not cover name resolution, which can hang for half a minute.
    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(PATIENCE)
    if not outcome:
        return f"the hub did not answer within {PATIENCE:g} s"
    if isinstance(outcome[0], RepositoryNotFoundError | RevisionNotFoundError):
        raise LangmixError(
            f"{model_id} at revision {revision}: the hub does not give it ({_line(outcome[0])}); "
            "check both, or log in with `hf auth login`"
        ) from outcome[0]
    if outcome[0] is not None and not isinstance(outcome[0], OSError | ValueError | HTTPError):
        raise outcome[0]
    return None if outcome[0] is None else f"the hub cannot be reached ({_line(outcome[0])})"


def _line(error: Exception) -> str:
    """The first line of an error's message, or its type where it has none."""
    return next(iter(str(error).splitlines()), type(error).__name__)
