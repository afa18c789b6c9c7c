"""The one error class a user meets."""

from langmix.texts import one_line

_LONGEST = 4000  # characters; an id of a megabyte is not worth more


class LangmixError(Exception):
    """Something the user can put right; the message is one line that says where and how.

    The command line prints the message alone, without a traceback, and exits with status 2. Texts, ids and paths from
    outside may be put into a message as they are: what would break its line is shown as an escape, and the middle of a
    very long one is left out.
    """

    def __str__(self) -> str:
        message = one_line(super().__str__())
        half = _LONGEST // 2
        return message if len(message) <= _LONGEST else f"{message[:half]} … {message[-half:]}"
