"""The one error class a user meets."""


class LangmixError(Exception):
    """Something the user can put right; the message is one line that says where and how.

    The command line prints the message alone, without a traceback, and exits with status 2.
    """
