"""The three commands that the README goes on with, at tiny size."""

import re
import shlex
from pathlib import Path

from langmix.store import Store
from langmix.tracking.read import cells

from .conftest import TINY

README = Path(__file__).parents[2] / "README.md"


def test_the_commands_run(langmix, tmp_path):
    (block,) = re.findall(r"^```bash\n(.*?)^```", README.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    sweep, compare, rerun = (shlex.split(line, comments=True)[1:] for line in block.splitlines())
    few = ["sampler=none,x_y" if word.startswith("sampler=") else "seed=0" for word in sweep[1:]]
    done = langmix(sweep[0], *TINY, *few)
    assert done.returncode == 0, done.stderr
    done = langmix(*compare)
    assert done.returncode == 0, done.stderr
    assert "rank dist." in done.stdout
    (trained,) = [cell for cell in cells(Store.open(tmp_path / "store"), "langmix") if cell.key.sampler == "x_y"]
    done = langmix(*(trained.run_id if word == "RUN_ID" else word for word in rerun if "alpha" not in word))
    assert "figures are identical" in done.stdout, done.stderr
