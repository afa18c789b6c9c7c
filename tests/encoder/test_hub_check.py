"""`make hub-check` on a cache that holds one of the models."""

import shutil

import pytest
from huggingface_hub import constants
from omegaconf import OmegaConf

import hub_check

from .test_conf import CONF


def test_a_line_for_each_and_an_exit_status(tiny, tmp_path, monkeypatch, capsys):
    cache = tmp_path / "cache"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.chdir(tmp_path)
    revision = OmegaConf.load(CONF / "arctic_l_v2.yaml").revision
    snapshot = cache / "models--Snowflake--snowflake-arctic-embed-l-v2.0" / "snapshots" / revision
    shutil.copytree(tiny().folder, snapshot)
    monkeypatch.setattr("sys.argv", ["hub_check.py", "arctic_l_v2", "me5_small"])
    with pytest.raises(SystemExit) as ended:
        hub_check.main()
    found, missing, total = capsys.readouterr().out.splitlines()
    assert found.startswith("[OK]   backbone=arctic_l_v2: hub:Snowflake/snowflake-arctic-embed-l-v2.0@")
    assert found.endswith(": bert, 32 dimensions")
    assert missing.startswith("[FAIL] backbone=me5_small: ")  # and no stand-in in its place
    assert (total, ended.value.code) == ("1 of 2 can be had", True)


def test_an_unknown_name_is_refused(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["hub_check.py", "nothing"])
    with pytest.raises(SystemExit, match="nothing of that name comes from elsewhere"):
        hub_check.main()
