"""JSON files, read so that whatever is wrong with one is told with its place in the file."""

import gzip
import json
import zlib
from pathlib import Path
from typing import Any

from langmix.errors import LangmixError


class Node:
    """One JSON object of a file.

    Attributes:
        position: Where it is in the file, e.g. ``data[0].paragraphs[2]``.
    """

    def __init__(self, file: Path, position: str, content: Any) -> None:
        self._file = file
        self.position = position
        if not isinstance(content, dict):
            raise LangmixError(f"{self.where}: an object is needed, not {type(content).__name__}")
        self._content: dict[str, Any] = content

    @property
    def where(self) -> str:
        """File and position, to begin an error message with."""
        return f"{self._file}: {self.position}" if self.position else f"{self._file}"

    def nodes(self, key: str) -> list["Node"]:
        """The objects of the list under a key."""
        place = f"{self.position}.{key}" if self.position else key
        return [Node(self._file, f"{place}[{index}]", item) for index, item in enumerate(self.items(key))]

    def items(self, key: str) -> list[Any]:
        """The list under a key."""
        items: list[Any] = self._value(key, list, "a list")
        return items

    def text(self, key: str) -> str:
        """The text under a key, which is not empty."""
        text: str = self._value(key, str, "a string")
        if not text.strip():
            raise LangmixError(f"{self.where}: '{key}' is empty")
        return text

    def name(self, key: str) -> str:
        """The id under a key: a text that is not empty, or a whole number."""
        if isinstance(number := self._content.get(key), int) and not isinstance(number, bool):
            return str(number)
        return self.text(key)

    def optional(self, key: str) -> str | None:
        """The text under a key, which is there; None where it is null or blank."""
        if key in self._content and self._content[key] is None:
            return None
        text: str = self._value(key, str, "a string")
        return text if text.strip() else None

    def has(self, key: str) -> bool:
        """Whether there is something under a key."""
        return self._content.get(key) is not None

    def truth(self, key: str) -> bool:
        """The true or false under a key."""
        truth: bool = self._value(key, bool, "true or false")
        return truth

    def node(self, key: str) -> "Node":
        """The object under a key."""
        return Node(self._file, f"{self.position}.{key}" if self.position else key, self._value(key, dict, "an object"))

    def whole_number(self, key: str) -> int:
        """The whole number under a key."""
        number: int = self._value(key, int, "a whole number")
        return number

    def _value(self, key: str, kind: type, needed: str) -> Any:
        if key not in self._content:
            raise LangmixError(f"{self.where}: key '{key}' is missing (has: {' '.join(self._content)})")
        value = self._content[key]
        if not isinstance(value, kind):
            raise LangmixError(f"{self.where}: '{key}' has to be {needed}, not {type(value).__name__}")
        return value


def read_object(file: Path) -> Node:
    """The outermost object of a file.

    Raises:
        LangmixError: As for `read_json`, or it holds something else.
    """
    return Node(file, "", read_json(file))


def read_list(file: Path) -> list[Node]:
    """The objects of a file that holds a list of them.

    Raises:
        LangmixError: As for `read_json`, or it holds something else.
    """
    content = read_json(file)
    if not isinstance(content, list):
        raise LangmixError(f"{file}: a list of objects is needed, not {type(content).__name__}")
    return [Node(file, f"[{index}]", item) for index, item in enumerate(content)]


def read_json(file: Path) -> Any:
    """The content of a ``.json`` or ``.json.gz`` file.

    Raises:
        LangmixError: The file cannot be read, is cut off or is not JSON.
    """
    try:
        content = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
        return json.loads(content.decode("utf-8-sig"))
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise LangmixError(f"{file}: gzip data is cut off or damaged ({error})") from error
    except UnicodeDecodeError as error:
        raise LangmixError(f"{file}: not UTF-8 ({error.reason} at byte {error.start})") from error
    except json.JSONDecodeError as error:
        reason = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise LangmixError(f"{file}: not JSON, or cut off ({reason} of {len(error.doc)} characters)") from error
    except OSError as error:
        raise LangmixError(f"{file}: cannot be read ({error.strerror or error})") from error
