"""Texts to token ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from transformers import PreTrainedTokenizerFast

from langmix.encoder.backbone import Backbone

Side = Literal["query", "passage"]


@dataclass(frozen=True)
class Tokenize:
    """A backbone's tokenizer with the prefixes and lengths of queries and passages; knows nothing of the transformer.

    Attributes:
        tokenizer: Fast tokenizer.
        backbone: Whose it is.
    """

    tokenizer: PreTrainedTokenizerFast
    backbone: Backbone

    def __call__(self, texts: Sequence[str], side: Side) -> list[list[int]]:
        """Token ids of each text with its side's prefix and the special tokens, cut to the side's length, unpadded."""
        if not texts:
            return []
        if side == "query":
            prefix, longest = self.backbone.query_prefix, self.backbone.max_query_tokens
        else:
            prefix, longest = self.backbone.passage_prefix, self.backbone.max_passage_tokens
        encoded = self.tokenizer(
            [prefix + text for text in texts],
            truncation=True,
            max_length=longest,
            padding=False,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        ids: list[list[int]] = encoded["input_ids"]
        return ids
