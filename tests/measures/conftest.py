from pathlib import Path

import pytest
from hydra.utils import instantiate
from omegaconf import OmegaConf


@pytest.fixture(scope="module")
def xquad_r(data):
    conf = Path(__file__).parents[2] / "conf" / "dataset" / "xquad_r.yaml"
    return instantiate(OmegaConf.merge(OmegaConf.load(conf), {"path": str(data / "xquad_r")}), store=None)
