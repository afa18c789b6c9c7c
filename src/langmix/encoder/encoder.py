"""The text encoder: texts to token ids to embeddings of unit length."""

import logging
from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal, Self

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence
from torch.utils.checkpoint import checkpoint
from transformers import AutoModel, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerFast

from langmix.encoder.backbone import Backbone
from langmix.encoder.chunks import Chunks, by_length
from langmix.errors import LangmixError

Side = Literal["query", "passage"]


class Encoder(nn.Module):
    """One transformer for queries and passages, its tokenizer, and the pooling between them and the embedding.

    Attributes:
        model: The transformer; a parameter of it is a parameter of the encoder.
        tokenizer: Its fast tokenizer.
        backbone: What both came from.
        row_of_token: Row of the word embedding for each token id, ``[vocabulary]``; None where they are equal.
    """

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, backbone: Backbone) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.backbone = backbone
        self.row_of_token: Tensor | None
        self.register_buffer("row_of_token", None, persistent=False)

    @classmethod
    def load(cls, backbone: Backbone, dtype: torch.dtype = torch.float32) -> Self:
        """Load a backbone's weights and tokenizer, in evaluation mode.

        Args:
            backbone: What to load.
            dtype: Type of the weights; `transformers` would take the one of the file.

        Raises:
            LangmixError: If the folder cannot be loaded, lacks a weight the model needs (it would be drawn at random),
                or the maximum lengths exceed the model's positions.
        """
        reporter = logging.getLogger("transformers")
        level = reporter.level
        # The loading report lists heads that are left out on purpose; what is missing is checked below.
        reporter.setLevel(logging.ERROR)
        try:
            model, report = AutoModel.from_pretrained(
                backbone.folder,
                dtype=dtype,
                # Without its use a pooler gets no gradient, which distributed training takes for an error.
                add_pooling_layer=backbone.pooling == "pooler",
                attn_implementation="sdpa",
                use_safetensors=True,
                local_files_only=True,
                output_loading_info=True,
            )
            tokenizer = AutoTokenizer.from_pretrained(backbone.folder, use_fast=True, local_files_only=True)
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise LangmixError(f"{backbone.folder}: transformers cannot load it: {reason}") from error
        finally:
            reporter.setLevel(level)
        if not isinstance(tokenizer, PreTrainedTokenizerFast):
            raise LangmixError(
                f"{backbone.folder}: {type(tokenizer).__name__} is no fast tokenizer; add tokenizer.json"
            )
        if report["missing_keys"]:
            raise LangmixError(
                f"{backbone.folder}: the weights lack {', '.join(sorted(report['missing_keys']))}, "
                f"which backbone.pooling={backbone.pooling} needs"
            )
        _check_lengths(backbone, model)
        encoder = cls(model, tokenizer, backbone)
        encoder.eval()
        return encoder

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return int(self.model.config.hidden_size)

    def tokenize(self, texts: Sequence[str], side: Side) -> list[list[int]]:
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

    def collate(self, ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """Pad on the right to the longest text: ``(input_ids, attention_mask)``, both int64 ``[texts, tokens]``."""
        rows = [torch.tensor(row, dtype=torch.int64) for row in ids]
        pad = float(self.tokenizer.pad_token_id)
        input_ids = pad_sequence(rows, batch_first=True, padding_value=pad)
        # By length and not by id: a text may hold the padding token's own name.
        lengths = torch.tensor([len(row) for row in rows])
        mask = torch.arange(input_ids.shape[1]) < lengths[:, None]
        return input_ids, mask.to(torch.int64)

    def chunk(self, ids: Sequence[Sequence[int]], tokens: int) -> Chunks:
        """Pad texts (token ids, unpadded) in groups of similar length, at most ``tokens`` tokens each."""
        groups = list(by_length([len(row) for row in ids], tokens))
        padded = [self.collate([ids[index] for index in group]) for group in groups]
        order = torch.tensor([index for group in groups for index in group], dtype=torch.int64)
        places = torch.empty_like(order)
        places[order] = torch.arange(len(order))
        return Chunks([part for part, _ in padded], [mask for _, mask in padded], places)

    def embed(self, chunks: Chunks, *, cache_gradients: bool = False) -> Tensor:
        """Embeddings ``[texts, dim]`` of chunked texts, in the order they had before.

        Args:
            chunks: Any number of texts.
            cache_gradients: Keep nothing of a chunk but its embeddings; the backward pass, which has their gradient by
                then, encodes chunk after chunk anew, with the same dropout. So the activations of one chunk are all
                the memory that is needed, whatever the size of the batch, for one more forward pass. This is gradient
                caching (Gao et al. 2021, arXiv 2101.06983) written as a checkpoint around each chunk, and exact.
        """
        run: Callable[[Tensor, Tensor], Tensor] = self
        if cache_gradients:
            run = partial(checkpoint, self, use_reentrant=False)
        parts = [run(ids, mask) for ids, mask in zip(chunks.input_ids, chunks.masks, strict=True)]
        if not parts:
            return torch.empty(0, self.dim, device=chunks.places.device)
        return torch.cat(parts)[chunks.places]

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        """Embed a padded batch.

        Args:
            input_ids: int64 ``[texts, tokens]``.
            attention_mask: 1 for tokens, 0 for padding, ``[texts, tokens]``.

        Returns:
            float32 ``[texts, dim]``, each row of L2 length 1, pooled in float32 whatever the type of the model.
        """
        if self.row_of_token is not None:
            input_ids = self.row_of_token[input_ids]
        output = self.model(input_ids=input_ids, attention_mask=attention_mask)
        with torch.autocast(input_ids.device.type, enabled=False):
            if self.backbone.pooling == "pooler":
                pooled = output.pooler_output.float()
            elif self.backbone.pooling == "cls":
                pooled = output.last_hidden_state[:, 0].float()
            else:
                weights = attention_mask[:, :, None].float()
                pooled = (output.last_hidden_state.float() * weights).sum(dim=1) / weights.sum(dim=1)
            return nn.functional.normalize(pooled, dim=1)


def _check_lengths(backbone: Backbone, model: PreTrainedModel) -> None:
    config = model.config
    # RoBERTa and its kin count positions from the padding id + 1.
    taken = config.pad_token_id + 1 if "roberta" in config.model_type else 0
    positions = config.max_position_embeddings - taken
    for key in ("max_query_tokens", "max_passage_tokens"):
        if getattr(backbone, key) > positions:
            raise LangmixError(
                f"backbone.{key}={getattr(backbone, key)}: the model has {positions} positions; at most that many"
            )
