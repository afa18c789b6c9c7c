"""What of a paragraph is searched."""

from typing import Literal, TypeAlias

Unit: TypeAlias = Literal["sentence", "paragraph"]
"""Each sentence is a candidate, or the whole paragraph is."""
