"""An encoder logged to MLflow: found once by its fingerprint, registered, and answering as the encoder itself does."""

from concurrent.futures import ThreadPoolExecutor

import mlflow
import numpy as np
import pandas as pd
import pytest

from langmix.cell_key import CellKey
from langmix.encoder import backbone
from langmix.encoder.encoder import Encoder
from langmix.encoder.export import export
from langmix.errors import LangmixError
from langmix.scoring.encode import encode
from langmix.store import Store
from langmix.tracking.client import connect
from langmix.tracking.runs import Tracker
from tests.encoder.conftest import USAGE

TEXTS = ["Where is it?", "这是一个比较长的句子。", "Nerede?"]


@pytest.fixture
def logged(store, tmp_path):
    used = backbone.random(name="tiny", seed=0, store=Store(tmp_path), **USAGE)
    encoder = Encoder.load(used)
    export(encoder.model, encoder.tokenizer, used, tmp_path / "encoder")
    tracker = Tracker.open(store, "grid")

    def cell(seed):
        key = CellKey("tiny-v1.5", "hybrid", "atlas", seed, 0.5)
        with tracker.cell(key, {}, {}) as run:
            tracker.log_encoder(run, tmp_path / "encoder", "0123456789abcdef", key)

    with ThreadPoolExecutor() as pool:  # cells that share a model may come to log it at once
        list(pool.map(cell, (0, 1)))
    return encoder, store


def test_it_is_registered_and_answers(logged, monkeypatch):
    encoder, store = logged
    client = connect(store.tracking_uri)
    (model,) = client.search_logged_models(["1"])
    assert model.name == "tiny-v1_5·hybrid·01234567"
    assert model.tags["langmix.fingerprint.training"] == "0123456789abcdef"
    runs = client.search_runs(["1"])
    assert {output.model_id for run in runs for output in run.outputs.model_outputs} == {model.model_id}
    assert len(runs) == 2

    monkeypatch.setenv("MLFLOW_TRACKING_URI", store.tracking_uri)
    version = mlflow.register_model(model.model_uri, "mine")
    served = mlflow.pyfunc.load_model(f"models:/mine/{version.version}")
    assert served.metadata.signature.inputs.input_names() == ["text"]
    for side in ("query", "passage"):
        found = served.predict(pd.DataFrame({"text": TEXTS}), params={"side": side})
        np.testing.assert_array_equal(found, encode(encoder, TEXTS, side, "fp32", 2048))
    with pytest.raises(LangmixError, match="side=both: must be query or passage"):
        served.predict(pd.DataFrame({"text": TEXTS}), params={"side": "both"})
