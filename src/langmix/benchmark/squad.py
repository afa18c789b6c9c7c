"""SQuAD-like JSON files."""

from pathlib import Path

from langmix.document import Node, read_json

__all__ = ["Node", "read_squad"]


def read_squad(file: Path) -> Node:
    """The outermost object of a ``.json`` or ``.json.gz`` file.

    Raises:
        LangmixError: The file cannot be read, is cut off or is not JSON.
    """
    return Node(file, "", read_json(file))
