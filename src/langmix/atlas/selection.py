"""Which of its languages a user wants of the atlas."""

from collections.abc import Sequence

from langmix.atlas.names import LANGUAGES
from langmix.errors import LangmixError
from langmix.languages import language


def selected(languages: Sequence[str]) -> tuple[str, ...]:
    """The languages, in their order, after a check that the atlas has them.

    Raises:
        LangmixError: There are none, one is unknown, one is not in the atlas or one is given twice.
    """
    available = f"available: {' '.join(LANGUAGES)}"
    if not languages:
        raise LangmixError(f"atlas: no languages given ({available})")
    for code in languages:
        language(code, "atlas: ")
        if code not in LANGUAGES:
            raise LangmixError(f"atlas: has no language '{code}' ({available})")
        if list(languages).count(code) > 1:
            raise LangmixError(f"atlas: language '{code}' is given twice")
    return tuple(languages)
