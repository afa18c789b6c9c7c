"""JSON files, read so that whatever is wrong with one is told with its place in the file."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from langmix.errors import LangmixError
from langmix.texts import is_empty

_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a string",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    type(None): "null",
}


class Node:
    """One JSON object of a file.

    Args:
        file: The file.
        position: Where the object is in it.
        content: What was found there.
        layout: What the file has to look like, such as ``SQuAD's layout {"data": […]}``; told with what is not so.

    Attributes:
        position: Where it is in the file, e.g. ``data[0].paragraphs[2]``.
    """

    def __init__(self, file: Path, position: str, content: Any, layout: str) -> None:
        self._file = file
        self._layout = layout
        self.position = position
        if not isinstance(content, dict):
            raise LangmixError(f"{self.where}: {kind_of(content)} is here, where {layout} has an object")
        self._content: dict[str, Any] = content

    @property
    def where(self) -> str:
        """File and position, to begin an error message with."""
        return f"{self._file}: {self.position}" if self.position else f"{self._file}"

    def nodes(self, key: str) -> list["Node"]:
        """The objects of the list under a key."""
        place = f"{self.position}.{key}" if self.position else key
        items = enumerate(self.items(key))
        return [Node(self._file, f"{place}[{index}]", item, self._layout) for index, item in items]

    def items(self, key: str) -> list[Any]:
        """The list under a key."""
        items: list[Any] = self._value(key, list)
        return items

    def text(self, key: str) -> str:
        """The text under a key, which is not empty."""
        text: str = self._value(key, str)
        if is_empty(text):
            raise LangmixError(f"{self.where}: '{key}' is empty")
        return text

    def name(self, key: str) -> str:
        """The id under a key, see `identifier`."""
        found = identifier(self._content.get(key))
        return self.text(key) if found is None else found

    def optional(self, key: str) -> str | None:
        """The text under a key, which is there; None where it is null or empty."""
        if key in self._content and self._content[key] is None:
            return None
        text: str = self._value(key, str)
        return None if is_empty(text) else text

    def has(self, key: str) -> bool:
        """Whether there is something under a key."""
        return self._content.get(key) is not None

    def truth(self, key: str) -> bool:
        """The true or false under a key."""
        truth: bool = self._value(key, bool)
        return truth

    def node(self, key: str) -> "Node":
        """The object under a key."""
        place = f"{self.position}.{key}" if self.position else key
        return Node(self._file, place, self._value(key, dict), self._layout)

    def whole_number(self, key: str) -> int:
        """The whole number under a key."""
        number: int = self._value(key, int)
        return number

    def _value(self, key: str, kind: type) -> Any:
        if key not in self._content:
            have = " ".join(self._content) or "nothing"
            raise LangmixError(f"{self.where}: key '{key}' is missing (has: {have}); needed is {self._layout}")
        value = self._content[key]
        # True is an int to Python, and no whole number.
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise LangmixError(f"{self.where}: '{key}' has to be {_KINDS[kind]}, not {kind_of(value)}")
        return value


def identifier(value: Any) -> str | None:
    """An id as a text: a text that is not empty, or a whole number; None for anything else.

    Formats without types, such as CSV, cannot tell the two apart, so they are one everywhere.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and not is_empty(value) else None


def kind_of(value: Any) -> str:
    """What a value of a file is, in words."""
    return _KINDS.get(type(value), type(value).__name__)


def read_object(file: Path, layout: str) -> Node:
    """The outermost object of a file.

    Args:
        file: The file.
        layout: What it has to look like, see `Node`.

    Raises:
        LangmixError: As for `read_json`, or it holds something else.
    """
    content = read_json(file)
    if not isinstance(content, dict):
        raise LangmixError(f"{file}: {kind_of(content)} is at the top, where {layout} has an object")
    return Node(file, "", content, layout)


def read_list(file: Path, layout: str) -> list[Node]:
    """The objects of a file that holds a list of them.

    Args:
        file: The file.
        layout: What it has to look like, see `Node`.

    Raises:
        LangmixError: As for `read_json`, or it holds something else.
    """
    content = read_json(file)
    if not isinstance(content, list):
        raise LangmixError(f"{file}: {kind_of(content)} is at the top, where {layout} has a list")
    return [Node(file, f"[{index}]", item, layout) for index, item in enumerate(content)]


def is_there(path: Path, *, folder: bool = False) -> bool:
    """Whether there is such a file, or folder.

    Raises:
        LangmixError: The system cannot say, as with a name that is too long.
    """
    try:
        return path.is_dir() if folder else path.is_file()
    except OSError as error:
        raise LangmixError(f"{path}: cannot be read ({error.strerror or error})") from error


def read_json(file: Path) -> Any:
    """The content of a ``.json`` or ``.json.gz`` file.

    Raises:
        LangmixError: The file cannot be read, is cut off or is not JSON.
    """
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        return parsed(content.decode("utf-8-sig"))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LangmixError(f"{file}: gzip data is cut off or damaged ({error})") from error
    except UnicodeDecodeError as error:
        raise LangmixError(f"{file}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
        # A whole value and then another one is what JSON lines look like to a reader of one document.
        hint = "; it seems to hold a value per line, where one for all is needed" if "Extra data" in reason else ""
        raise LangmixError(f"{file}: not JSON, or cut off ({reason} of {len(error.doc)} characters){hint}") from error
    except ValueError as error:
        raise LangmixError(f"{file}: {error}") from error
    except OSError as error:
        raise LangmixError(f"{file}: cannot be read ({error.strerror or error})") from error


def parsed(text: str) -> Any:
    """The content of a JSON text.

    Raises:
        ValueError: It is none (a JSONDecodeError), is nested too deep or holds a number of thousands of digits.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        raise
    except RecursionError as error:
        raise ValueError("nested too deep to be read") from error
    except ValueError as error:
        raise ValueError("holds a whole number of too many digits") from error
