"""What training changed of a backbone: all that has to be kept of a trained encoder, to the last bit.

Most of a multilingual model is the embeddings of tokens that a training corpus never has. Training multiplies those by
the weight decay of all its steps, if by anything, so they can be computed; every other tensor that is not the
backbone's is kept whole.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel

from langmix.errors import LangmixError

FILE = "changes.safetensors"

_ROWS, _VALUES = "rows", "values"  # of the word embedding; a model's own tensors have a dot in their names
_HEADER = "langmix"


def write(model: PreTrainedModel, base: PreTrainedModel, decay: float, origin: str, file: Path) -> None:
    """Keep what makes ``model`` of ``base``.

    Args:
        model: The trained transformer.
        base: What its training started from.
        decay: What rows of the word embedding without a gradient were multiplied by, see `Settings.decay`.
        origin: Of the base, see `Backbone`.
        file: Where to.

    Raises:
        OSError: It cannot be written.
        SafetensorError: Likewise.
    """
    word = _word_embedding(base)
    before, after = _own(base.state_dict()), _own(model.state_dict())
    kept = {name: value for name, value in after.items() if name != word and not torch.equal(value, before[name])}
    rows = (after[word] != before[word] * decay).any(dim=1).nonzero()[:, 0]
    kept |= {_ROWS: rows, _VALUES: after[word][rows]}
    header = json.dumps({"base": origin, "decay": decay})
    save_file({name: value.contiguous() for name, value in kept.items()}, file, {_HEADER: header})


def apply(model: PreTrainedModel, origin: str, file: Path) -> None:
    """Make ``model``, which is a base as it was loaded, what was trained from it.

    Args:
        model: Changed in place.
        origin: Of the base, see `Backbone`.
        file: From `write`.

    Raises:
        LangmixError: The file is damaged, or the changes are those of another base.
    """
    weights = model.state_dict()
    try:
        with safe_open(file, "pt") as kept, torch.no_grad():
            header = json.loads((kept.metadata() or {})[_HEADER])
            if header["base"] != origin:
                raise LangmixError(f"{file}: changes {header['base']}, not {origin}")
            word = weights[_word_embedding(model)]
            word.mul_(header["decay"])
            word[kept.get_tensor(_ROWS)] = kept.get_tensor(_VALUES).to(word.dtype)
            for name in set(kept.keys()) - {_ROWS, _VALUES}:
                weights[name].copy_(kept.get_tensor(name))
    except (OSError, ValueError, KeyError, IndexError, RuntimeError, SafetensorError) as error:
        reason = " ".join(str(error).split())
        raise LangmixError(
            f"{file}: not the changes of a training ({reason}); remove its folder to train anew"
        ) from error


def _own(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name: value.detach().cpu() for name, value in state.items()}


def _word_embedding(model: PreTrainedModel) -> str:
    """Name of the word embedding's tensor."""
    embedding = model.get_input_embeddings()
    return next(f"{name}.weight" for name, module in model.named_modules() if module is embedding)
