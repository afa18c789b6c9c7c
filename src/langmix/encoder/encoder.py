"""The text encoder: texts to token ids to embeddings of unit length."""

import logging
from collections.abc import Callable
from functools import partial
from inspect import signature
from typing import Any, Self

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint
from transformers import (
    MODEL_MAPPING,
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PreTrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging as transformers_logging

from langmix.encoder import changes
from langmix.encoder.backbone import Backbone
from langmix.encoder.chunks import Chunk, Chunks
from langmix.encoder.layers import Layers, has_layers
from langmix.encoder.ngrams import NgramModel, Ngrams
from langmix.encoder.product import ProductName, products
from langmix.encoder.tokens import Tokenize
from langmix.errors import LangmixError


class Encoder(nn.Module):
    """One transformer for queries and passages, its tokenizer, and the pooling between them and the embedding.

    Attributes:
        model: The transformer; a parameter of it is a parameter of the encoder.
        tokenizer: Its fast tokenizer.
        tokenize: Texts to token ids by that tokenizer; can be sent to another process by itself.
        backbone: What both came from.
        product: How tokens are multiplied with weights on a processor, see `langmix.encoder.product`.
        row_of_token: Row of the word embedding for each token id, ``[vocabulary]``; None where they are equal.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        backbone: Backbone,
        product: ProductName = "torch",
    ) -> None:
        super().__init__()
        self.model = model
        self.tokenizer = tokenizer
        self.tokenize = Tokenize(tokenizer, backbone)
        self.backbone = backbone
        self.product: ProductName = product
        self.row_of_token: Tensor | None
        self.register_buffer("row_of_token", None, persistent=False)

    @classmethod
    def load(cls, backbone: Backbone, dtype: torch.dtype = torch.float32, product: ProductName = "torch") -> Self:
        """Load a backbone's weights and tokenizer, in evaluation mode.

        Args:
            backbone: What to load.
            dtype: Type of the weights; `transformers` would take the one of the file.
            product: See `Encoder`.

        Raises:
            LangmixError: If the folder cannot be loaded, lacks a weight the model needs (it would be drawn at random),
                the maximum lengths exceed the model's positions, or the model does not keep the texts of a chunk apart.
        """
        reporter = logging.getLogger("transformers")
        level = reporter.level
        # The loading report lists heads that are left out on purpose; what is missing is checked below.
        reporter.setLevel(logging.ERROR)
        # Bars for loading and writing weights take a second, and break lines that others write.
        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            config = AutoConfig.from_pretrained(backbone.folder, local_files_only=True, trust_remote_code=False)
            # Without its use a pooler gets no gradient, which distributed training takes for an error.
            with_pooler = {"add_pooling_layer": backbone.pooling == "pooler"} if _may_have_pooler(config) else {}
            model, report = AutoModel.from_pretrained(
                backbone.folder,
                dtype=dtype,
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
                output_loading_info=True,
                **with_pooler,
            )
            tokenizer = AutoTokenizer.from_pretrained(
                backbone.folder, use_fast=True, local_files_only=True, trust_remote_code=False
            )
        except (OSError, ValueError, TypeError, KeyError, RuntimeError, SafetensorError) as error:
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            if "trust_remote_code" in str(error):
                reason = "it needs code of its own (auto_map), and langmix runs no code from a model's folder"
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
        if backbone.pooling == "pooler" and not with_pooler:
            raise LangmixError(f"{backbone.folder}: backbone.pooling=pooler: a {model.config.model_type} has none")
        _check_lengths(backbone, model)
        if backbone.changes:
            changes.apply(model, backbone.changes.origin, backbone.changes.file)
        encoder = cls(model, tokenizer, backbone, product)
        encoder.eval()
        encoder._check_chunks()
        return encoder

    @property
    def dim(self) -> int:
        """Length of an embedding."""
        return int(self.model.config.hidden_size)

    def embed(self, chunks: Chunks, *, cache_gradients: bool = False) -> Tensor:
        """Embeddings ``[texts, dim]`` of chunked texts, in the order they had before.

        Args:
            chunks: Any number of texts.
            cache_gradients: Keep nothing of a chunk but its embeddings; the backward pass, which has their gradient by
                then, encodes chunk after chunk anew, with the same dropout. So the activations of one chunk are all
                the memory that is needed, whatever the size of the batch, for one more forward pass. This is gradient
                caching (Gao et al. 2021, arXiv 2101.06983) written as a checkpoint around each chunk, and exact.
        """
        # Cached, each chunk makes the weights ready itself, so that its gradient ends in the weights' own.
        run: Callable[[Chunk], Tensor] = partial(self, layers=None if cache_gradients else self.layers())
        if cache_gradients:
            run = partial(checkpoint, run, use_reentrant=False)
        parts = [run(part) for part in chunks.parts]
        if not parts:
            return torch.empty(0, self.dim, device=chunks.places.device)
        return torch.cat(parts)[chunks.places]

    def layers(self) -> Layers | Ngrams | None:
        """The weights as they are now, ready for any number of chunks; None where `transformers` has to encode.

        Their products are of the type that autocast says, else of the weights' own.
        """
        if not isinstance(self.model, NgramModel) and not has_layers(self.model):
            return None
        weight = next(self.model.parameters())
        device = weight.device
        automatic = torch.is_autocast_enabled(device.type)
        dtype = torch.get_autocast_dtype(device.type) if automatic else weight.dtype
        product = products(self.product, device)
        if isinstance(self.model, NgramModel):
            return Ngrams.of(self.model, dtype, product)
        return Layers.of(self.model, dtype, product)

    def forward(self, chunk: Chunk, layers: Layers | Ngrams | None = None) -> Tensor:
        """Embed the texts of a chunk, in its order.

        Args:
            chunk: The texts.
            layers: From `layers`, where several chunks share them.

        Returns:
            float32 ``[texts, dim]``, each row of L2 length 1, pooled in float32 whatever the type of the model, and
            under autocast too.
        """
        hidden = self._hidden(chunk, layers or self.layers())
        with torch.autocast(hidden.device.type, enabled=False):
            return nn.functional.normalize(self._pooled(hidden.float(), chunk), dim=1)

    def _pooled(self, hidden: Tensor, chunk: Chunk) -> Tensor:
        """One vector per text, ``[texts, dim]``, from hidden states ``[tokens, dim]``, both float32."""
        first = hidden[chunk.lengths.cumsum(0) - chunk.lengths]
        if self.backbone.pooling == "cls":
            return first
        if self.backbone.pooling == "last":
            return hidden[chunk.lengths.cumsum(0) - 1]
        sums = torch.zeros(len(chunk.lengths), hidden.shape[1], device=hidden.device)
        sums = sums.index_add(0, chunk.owners, hidden)
        if self.backbone.pooling == "mean":
            return sums / chunk.lengths[:, None]
        pooler = self.model.get_submodule("pooler")
        weights = {name: value.float() for name, value in pooler.named_parameters()}
        looked_at = (sums, chunk.lengths) if isinstance(self.model, NgramModel) else (first[:, None],)
        pooled: Tensor = torch.func.functional_call(pooler, weights, looked_at)
        return pooled

    def _hidden(self, chunk: Chunk, layers: Layers | Ngrams | None) -> Tensor:
        """Last hidden states ``[tokens, dim]``."""
        input_ids = chunk.input_ids if self.row_of_token is None else self.row_of_token[chunk.input_ids]
        if layers:
            positions = chunk.positions + _first_position(self.model)
            with torch.autocast(chunk.input_ids.device.type, enabled=False):
                return layers(input_ids, positions, chunk)
        blocks = [
            self.model(input_ids=ids, attention_mask=mask).last_hidden_state.flatten(0, 1)
            for ids, mask in chunk.padded(input_ids)
        ]
        return torch.cat(blocks).index_select(0, chunk.out_of_blocks)

    def _check_chunks(self) -> None:
        """Encode two texts together and alone, the latter by the model's own code: both have to come to the same."""
        ids = self.tokenize(["one and one", "two"], "query")
        try:
            with torch.inference_mode():
                together = self._hidden(Chunk.of(ids), self.layers())
                alone = torch.cat([self.model(input_ids=torch.tensor([row])).last_hidden_state[0] for row in ids])
        except (TypeError, ValueError) as error:
            raise LangmixError(f"{self.backbone.folder}: langmix cannot encode with a {self._type}: {error}") from error
        if not torch.allclose(together, alone, rtol=0.01, atol=0.01 * float(alone.abs().max())):
            raise LangmixError(
                f"{self.backbone.folder}: a {self._type} does not let langmix keep texts apart that it encodes together"
            )

    @property
    def _type(self) -> str:
        return str(self.model.config.model_type)


def _may_have_pooler(config: PreTrainedConfig) -> bool:
    """Whether the model can be loaded with and without a layer of its own that makes one vector of a text."""
    model: Any = MODEL_MAPPING[type(config)]
    return "add_pooling_layer" in signature(model).parameters


def _first_position(model: PreTrainedModel) -> int:
    # RoBERTa and its kin count positions from the padding id + 1.
    return int(model.config.pad_token_id + 1) if "roberta" in model.config.model_type else 0


def _check_lengths(backbone: Backbone, model: PreTrainedModel) -> None:
    if isinstance(model, NgramModel):
        return  # it has no positions
    positions = model.config.max_position_embeddings - _first_position(model)
    for key in ("max_query_tokens", "max_passage_tokens"):
        if getattr(backbone, key) > positions:
            raise LangmixError(
                f"backbone.{key}={getattr(backbone, key)}: the model has {positions} positions; at most that many"
            )
