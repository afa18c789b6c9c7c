"""Trained encoders as folders that `transformers` and `sentence-transformers` both load."""

from pathlib import Path

from transformers import PreTrainedModel, PreTrainedTokenizerFast

from langmix.encoder.backbone import MANIFEST, Backbone
from langmix.encoder.folder import write_json
from langmix.encoder.ngrams import NgramModel
from langmix.errors import LangmixError
from langmix.finished import write_folder


def export(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, backbone: Backbone, target: Path, card: str = ""
) -> None:
    """Write model and tokenizer as a Hugging Face folder that is a Sentence-Transformers model as well.

    The folder appears whole or not at all. Its ``langmix.json`` keeps the backbone's identity, from which
    ``backbone=path`` takes pooling, prefixes and lengths. Sentence-Transformers knows one length only: the longer
    of the two. Pooling by BERT's pooler becomes its first-token pooling and a dense layer with tanh. An `NgramModel` is
    no model of Sentence-Transformers: its folder is for ``backbone=path`` alone.

    Args:
        model: The trained transformer.
        tokenizer: Its tokenizer.
        backbone: What the training started from.
        target: A folder that does not exist.
        card: README.md of the folder; empty for none.

    Raises:
        LangmixError: If ``target`` exists, or the pooling is ``pooler`` and the model has no such layer.
    """
    if target.exists():
        raise LangmixError(f"{target}: exists already; choose another folder or remove it")
    with write_folder(target, backbone.identity) as folder:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        write_json(folder / MANIFEST, {"backbone": backbone.identity})
        if card:
            (folder / "README.md").write_text(card, encoding="utf-8")
        if not isinstance(model, NgramModel):
            _for_sentence_transformers(folder, model, backbone)


def _for_sentence_transformers(folder: Path, model: PreTrainedModel, backbone: Backbone) -> None:
    """Write what makes a Hugging Face folder a model of Sentence-Transformers."""
    modules = ["Transformer", "Pooling", "Normalize"]
    if backbone.pooling == "pooler":
        modules.insert(2, "Dense")
        _write_dense(folder / "2_Dense", model)
    write_json(folder / "1_Pooling" / "config.json", _pooling(backbone.pooling, model.config.hidden_size))
    (folder / f"{modules.index('Normalize')}_Normalize").mkdir()
    write_json(
        folder / "modules.json",
        [
            {
                "idx": number,
                "name": str(number),
                "path": f"{number}_{module}" if number else "",
                # The paths of Sentence-Transformers 2 to 5; later versions still read them.
                "type": f"sentence_transformers.models.{module}",
            }
            for number, module in enumerate(modules)
        ],
    )
    longest = max(backbone.max_query_tokens, backbone.max_passage_tokens)
    write_json(folder / "sentence_bert_config.json", {"max_seq_length": longest, "do_lower_case": False})
    write_json(
        folder / "config_sentence_transformers.json",
        {
            # `encode_query` looks for "query", `encode_document` for "document".
            "prompts": {"query": backbone.query_prefix, "document": backbone.passage_prefix},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        },
    )


def _pooling(pooling: str, hidden_size: int) -> dict[str, object]:
    return {
        "word_embedding_dimension": hidden_size,
        "pooling_mode_cls_token": pooling in ("cls", "pooler"),
        "pooling_mode_mean_tokens": pooling == "mean",
        "pooling_mode_max_tokens": False,
        "pooling_mode_mean_sqrt_len_tokens": False,
        "pooling_mode_lasttoken": pooling == "last",
        "include_prompt": True,
    }


def _write_dense(folder: Path, model: PreTrainedModel) -> None:
    """Write BERT's pooler as a Dense module of Sentence-Transformers."""
    from safetensors.torch import save_file

    dense = getattr(getattr(model, "pooler", None), "dense", None)
    if dense is None:
        raise LangmixError(f"pooling=pooler: {type(model).__name__} has no pooler.dense to export; use cls or mean")
    write_json(
        folder / "config.json",
        {
            "in_features": dense.in_features,
            "out_features": dense.out_features,
            "bias": True,
            "activation_function": "torch.nn.modules.activation.Tanh",
        },
    )
    save_file(
        {"linear.weight": dense.weight.detach().contiguous(), "linear.bias": dense.bias.detach().contiguous()},
        folder / "model.safetensors",
    )
