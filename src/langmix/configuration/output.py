"""Where a cell or a sweep writes: a folder that is nobody else's."""

from itertools import count
from pathlib import Path

from langmix.errors import LangmixError


def own_folder(path: str | Path) -> Path:
    """Make a folder that was not there: ``path``, or where that is taken ``path-2``, ``path-3`` and so on.

    Raises:
        LangmixError: It cannot be made.
    """
    folder = path = Path(path)
    numbers = count(2)
    while True:
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
        except FileExistsError as error:
            if not folder.parent.is_dir():
                raise LangmixError(f"{folder.parent}: cannot be written: a file is in its place") from error
            folder = path.with_name(f"{path.name}-{next(numbers)}")
        except OSError as error:
            raise LangmixError(f"{folder}: cannot be written: {error.strerror}") from error
        else:
            return folder
