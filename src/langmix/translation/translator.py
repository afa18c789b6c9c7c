"""What every translator is."""

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from langmix.corpus import ParallelCorpus

Unit = Literal["sentence", "text", "whole"]


class Translated(NamedTuple):
    """One translation.

    Attributes:
        text: The translation; None where there is none, as of a sentence that is longer than a model takes.
        unknown: Words that the translator says it did not know; None where it does not say.
    """

    text: str | None
    unknown: int | None = None


class Translator(Protocol):
    """Texts of one language to texts of another.

    Attributes:
        unit: What it is given: a "sentence"; a "text" of any length, be it a sentence or a passage; or "whole" queries
            and passages, as it knows no others.
        characters: How many characters it is best given at a time.
        workers: How many calls of `translate` may go on at a time.
    """

    unit: Unit
    characters: int
    workers: int

    def check(self, source: str, target: str, corpora: Sequence[ParallelCorpus]) -> None:
        """Refuse a direction that it does not know, before anything is translated.

        Args:
            source: Code of a language, BCP-47.
            target: Likewise.
            corpora: Whose texts are to be translated.

        Raises:
            LangmixError: It does not know it, or what it needs is not installed; the message says what it knows.
        """

    def identity(self, source: str, target: str) -> str:
        """What makes these translations: equal identities translate equal texts alike."""

    def translate(self, texts: Sequence[str], source: str, target: str) -> list[Translated]:
        """Translations of ``texts``, in their order.

        Raises:
            LangmixError: The translator fails.
        """
