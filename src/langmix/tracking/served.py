"""A trained encoder as an MLflow model, which MLflow registers, loads and serves; it needs langmix installed there.

A request is a column ``text`` of texts and, as a parameter, the ``side`` they are on; the answer is their embeddings.
"""

import re
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

import langmix
from langmix.cell_key import CellKey
from langmix.errors import LangmixError
from langmix.tracking.cell import MODEL

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

    from langmix.encoder.encoder import Encoder

_BATCH_TOKENS = 2048


class Served:
    """What MLflow calls for an answer."""

    def __init__(self, encoder: "Encoder") -> None:
        self._encoder = encoder

    def predict(self, model_input: "pd.DataFrame", params: dict[str, Any] | None = None) -> npt.NDArray[np.float32]:
        """Embeddings ``[texts, dim]`` of unit length.

        Args:
            model_input: Texts in the column ``text``.
            params: ``side``: "query" or "passage", which decides prefix and maximum length.

        Raises:
            LangmixError: There is no such side.
        """
        from langmix.scoring.encode import encode

        side = (params or {}).get("side", "query")
        if side not in ("query", "passage"):
            raise LangmixError(f"side={side}: must be query or passage")
        return encode(self._encoder, [str(text) for text in model_input["text"]], side, "fp32", _BATCH_TOKENS)


def _load_pyfunc(path: str) -> Served:
    """MLflow's way in."""
    from langmix.encoder import backbone
    from langmix.encoder.encoder import Encoder

    return Served(Encoder.load(backbone.path(name="served", folder=path)))


def log_encoder(
    client: "MlflowClient", experiment_id: str, run_id: str, folder: Path, fingerprint: str, key: CellKey
) -> None:
    """Log an encoder with its signature as what a run brought forth, unless the experiment has it already.

    Args:
        client: Of the MLflow store.
        experiment_id: The experiment.
        run_id: A run that trained or evaluated it.
        folder: The exported encoder.
        fingerprint: Of its training.
        key: The cell it was trained for, which gives the model its name.
    """
    from mlflow import pyfunc
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model, ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec

    same = client.search_logged_models([experiment_id], f"tags.`{MODEL}` = '{fingerprint}'")
    ready = [model for model in same if model.status == "READY"]
    if not ready:
        # Neither alpha's nor a version's point may be in a name.
        name = re.sub(r"[/:.%\"']", "_", f"{key.backbone}·{key.sampler}·{fingerprint[:8]}")
        model = client.create_logged_model(experiment_id, name, run_id, {MODEL: fingerprint})
        signature = ModelSignature(
            inputs=Schema([ColSpec("string", "text")]),
            outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1))]),
            params=ParamSchema([ParamSpec("side", "string", "query")]),
        )
        with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
            warnings.filterwarnings("ignore", ".*input example was not provided.*")  # which would be a run of the model
            pyfunc.save_model(
                f"{scratch}/model",
                loader_module=__name__,
                data_path=str(folder),
                signature=signature,
                mlflow_model=Model(model_id=model.model_id, run_id=run_id),
                pip_requirements=[f"langmix=={langmix.__version__}"],
            )
            client.log_model_artifacts(model.model_id, f"{scratch}/model")
        ready = [client.finalize_logged_model(model.model_id, "READY")]
    client.log_outputs(run_id, [LoggedModelOutput(ready[0].model_id, 0)])
