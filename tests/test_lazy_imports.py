import subprocess
import sys

IMPORTS = """
import sys
import langmix.plots.forest, langmix.plots.matrix, langmix.plots.settings
import langmix.studies.comparison, langmix.tracking.runs
print(sorted({"mlflow", "matplotlib", "torch", "transformers"} & set(sys.modules)))
"""


def test_slow_packages_wait_until_they_are_needed():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
