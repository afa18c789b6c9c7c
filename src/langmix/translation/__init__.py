"""Parallel training texts by machine translation: translators, what they have translated, gates, the report."""

from langmix.translation.translator import Translated, Translator

__all__ = ["Translated", "Translator"]
