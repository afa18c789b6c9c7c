"""Embeddings of many texts, each distinct text encoded once."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from langmix.progress import bar

if TYPE_CHECKING:
    from langmix.encoder.encoder import Encoder
    from langmix.encoder.speed import Precision


def encode(
    encoder: "Encoder",
    texts: Sequence[str],
    side: Literal["query", "passage"],
    precision: "Precision",
    batch_tokens: int,
) -> npt.NDArray[np.float32]:
    """L2-normalised embeddings ``[texts, dim]`` of ``texts``, in their order.

    Equal texts share one embedding, so that duplicates tie exactly.

    Args:
        encoder: Model and tokeniser.
        texts: What to encode.
        side: Which prefix and maximum length applies.
        precision: Arithmetic of the transformer; pooling and normalisation are in fp32 either way.
        batch_tokens: Tokens per forward pass.
    """
    import torch

    from langmix.encoder.chunks import Chunks

    distinct = list(dict.fromkeys(texts))
    ids = encoder.tokenize(distinct, side)
    device = next(encoder.parameters()).device
    chunks, done = Chunks.of(ids, batch_tokens), [torch.empty(0, encoder.dim)]
    encoder.eval()
    with (
        bar(f"encoding {side} texts", sum(map(len, ids)), "tokens") as live,
        torch.inference_mode(),
        torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16"),
    ):
        layers = encoder.layers()
        for part in chunks.parts:
            done.append(encoder(part.to(device), layers).cpu())
            live.update(len(part.input_ids))
    row_of = {text: row for row, text in enumerate(distinct)}
    return torch.cat(done)[chunks.places].numpy()[[row_of[text] for text in texts]]
