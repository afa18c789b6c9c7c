"""langmix from Python: fine-tune, evaluate, compare. No configuration files, no tracking."""

import copy
import functools
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from langmix import baselines
from langmix.collection import Collection
from langmix.configuration.folder import folder
from langmix.corpus import ParallelCorpus
from langmix.corpus.jsonl import jsonl
from langmix.errors import LangmixError
from langmix.evaluation.evaluate import Baseline, Evaluation
from langmix.evaluation.evaluate import evaluate as evaluate_texts
from langmix.evaluation.fitting import parallel_embeddings
from langmix.losses import InfoNCE, Loss
from langmix.sampling import Sampler, hybrid
from langmix.scoring.texts import LoadedEncoder, TextEncoder
from langmix.statistics.options import Options
from langmix.store import Store
from langmix.studies.compared import compare_evidence
from langmix.training.settings import Settings
from langmix.training.tuning import Full, Tuning
from langmix.training.validation import validation_sampler

if TYPE_CHECKING:
    import pandas as pd

    from langmix.encoder.encoder import Encoder
    from langmix.encoder.product import ProductName
    from langmix.negatives import Negatives

_INFO_NCE, _FULL = InfoNCE(), Full()
_COLUMNS = {"id": "id", "query": "query", "passage": "passage", "group": None, "language": None, "negatives": None}


def load(folder: str | Path, *, product: "ProductName" = "torch", **usage: Any) -> "Encoder":
    """An encoder from a local Hugging Face folder.

    Args:
        folder: ``config.json``, safetensors weights and a tokenizer.
        product: How tokens are multiplied with weights on a processor: ``torch`` or ``onednn``.
        usage: How the model is used, see `langmix.encoder.backbone.Backbone`: ``pooling``, ``query_prefix``,
            ``passage_prefix``, ``max_query_tokens``, ``max_passage_tokens``. What is left out comes from the folder's
            ``langmix.json``, which encoders have that langmix wrote.

    Raises:
        LangmixError: It cannot be loaded, or nothing says how it is used.
    """
    from langmix.encoder import backbone
    from langmix.encoder.encoder import Encoder

    return Encoder.load(backbone.path(name=Path(folder).name, folder=str(folder), **usage), product=product)


def read_pairs(
    files: Mapping[str, str | Path], store: Store, *, validation_fraction: float = 0.02, **columns: str
) -> tuple[ParallelCorpus, ParallelCorpus]:
    """Parallel questions and passages from one file per language, split into training and validation pairs.

    Args:
        files: JSONL, Parquet, CSV or TSV by language code; rows of one id are one pair in several languages.
        store: Where what was read is kept.
        validation_fraction: Share of the groups that is held out.
        columns: Names of the columns ``id``, ``query``, ``passage``, ``group`` and ``negatives`` where they are others.

    Raises:
        LangmixError: A file is missing, damaged or contradicts another.
    """
    if unknown := columns.keys() - _COLUMNS.keys():
        raise LangmixError(f"{min(unknown)}: is no column of a corpus (there are: {', '.join(_COLUMNS)})")
    read = functools.partial(
        jsonl,
        name="pairs",
        files=files,
        file=None,
        columns={**_COLUMNS, **columns},
        languages=None,
        store=store,
        validation_fraction=validation_fraction,
    )
    return read(split="train"), read(split="validation")


def fit(  # noqa: PLR0913 -- each is a choice of its own
    encoder: "Encoder",
    train: ParallelCorpus,
    validation: ParallelCorpus,
    sampler: Callable[[ParallelCorpus, int, int], Sampler] = hybrid,
    *,
    seed: int = 0,
    negatives: "Negatives | None" = None,
    loss: Loss = _INFO_NCE,
    tuning: Tuning = _FULL,
    checkpoints: Path | None = None,
    **settings: Any,
) -> "Encoder":
    """A fine-tuned copy of an encoder, with the weights of the lowest validation loss.

    Args:
        encoder: Where training starts; it stays as it is.
        train: Pairs to train on.
        validation: Pairs that weights are chosen by.
        sampler: How languages are mixed, one of `langmix.sampling`: ``partial(hybrid, alpha=0.3)``.
        seed: Of everything random.
        negatives: Hard negatives, see `langmix.negatives`.
        loss: What is minimised, one of `langmix.losses`: ``LaKDA(alpha=0.3)``.
        tuning: Which weights are trained, one of `langmix.training.tuning`: ``LoRA(rank=8)``.
        checkpoints: Folder that an interrupted training goes on from; None: it begins again.
        settings: Hyper-parameters that differ from those of ``conf/training/small.yaml``, see
            `langmix.training.settings.Settings`.

    Raises:
        LangmixError: A value is wrong, the corpus cannot serve the sampler, or the training diverges.
    """
    from langmix.training.fit import fit as train_in_place

    hyper = _settings(settings)
    trained = copy.deepcopy(encoder)
    train_in_place(
        trained,
        (train, sampler(train, hyper.batch_size, seed)),
        (validation, validation_sampler(validation, hyper.batch_size)),
        hyper,
        seed,
        lambda *_: None,
        checkpoints,
        negatives=negatives,
        loss=loss,
        tuning=tuning,
    )
    return trained


def evaluate(
    encoder: "Encoder | TextEncoder",
    collection: Collection,
    *,
    baseline: Baseline = baselines.none,
    fit_on: ParallelCorpus | None = None,
    fit_pairs: int = 500,
) -> Evaluation:
    """Full-depth ranks of an encoder on a collection, with all measures of effectiveness and of language bias.

    Args:
        encoder: One of langmix's, or anything that is called with texts and ``"query"`` or ``"passage"`` and returns
            their embeddings, float32 ``[texts, dim]``, whose inner products are the scores.
        collection: What is searched.
        baseline: Training-free adjustment, one of `langmix.baselines`.
        fit_on: Parallel texts that the baseline is fitted on.
        fit_pairs: How many of their pairs.

    Returns:
        The evaluation: ``figures``, ``per_query``, ``results``; ``write`` keeps it as files.

    Raises:
        LangmixError: An embedding is not finite, or the baseline cannot be fitted.
    """
    from langmix.encoder.encoder import Encoder

    texts: TextEncoder = LoadedEncoder(encoder) if isinstance(encoder, Encoder) else encoder
    fitted = None if fit_on is None else functools.partial(parallel_embeddings, texts, fit_on, fit_pairs)
    return evaluate_texts(texts, collection, baseline, fitted)


def compare(
    evaluations: Mapping[str, Evaluation | Sequence[Evaluation]],
    baseline: str,
    measures: Sequence[str] = ("map", "rank_distance"),
    **options: Any,
) -> "pd.DataFrame":
    """Hold evaluations on one collection against one of them, with intervals, p-values and verdicts.

    Args:
        evaluations: By name; several of one name are trainings with different seeds.
        baseline: Name of the one that the others are held against.
        measures: Names of measures; ``bias`` for all of language bias, ``all`` for everything.
        options: See `langmix.statistics.options.Options`, such as ``margins={"map": 0.005}``.

    Returns:
        One row per setting, language, measure and name, see `langmix.statistics.compare.compare`.

    Raises:
        LangmixError: The evaluations are of different collections, or an option is wrong.
    """
    seeds = {name: [each] if isinstance(each, Evaluation) else list(each) for name, each in evaluations.items()}
    return compare_evidence(
        {name: [each.per_query for each in found] for name, found in seeds.items()},
        lambda name: [each.evidence for each in seeds[name]],
        baseline,
        measures,
        Options(**options),
    )


def _settings(changes: Mapping[str, Any]) -> Settings:
    preset = yaml.safe_load((folder() / "training" / "small.yaml").read_text(encoding="utf-8"))
    if unknown := changes.keys() - preset.keys():
        raise LangmixError(f"{min(unknown)}: is no hyper-parameter (there are: {', '.join(preset)})")
    return Settings(**{**preset, **changes})
