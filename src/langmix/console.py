"""What is printed for people: texts from outside stand as they are, each on one line."""

from typing import Any

from rich.console import Console
from rich.text import Text

from langmix.texts import one_line


class _Literal(Console):
    """Prints strings as they are: ``[bold]`` or ``:pig:`` is no markup, and no control reaches the terminal."""

    def __init__(self) -> None:
        super().__init__(markup=False, emoji=False, highlight=False)

    def render_str(self, text: str, **options: Any) -> Text:
        return super().render_str("\n".join(map(one_line, text.split("\n"))), **options)


def console() -> Console:
    """Standard output; wide enough for the tables where it is no terminal."""
    literal = _Literal()
    if not literal.is_terminal:
        literal.width = 100
    return literal


def literal(*texts: str) -> list[Text]:
    """Cells that hold texts as they are, each on one line."""
    return [Text(one_line(text)) for text in texts]
