import subprocess
import sys

IMPORTS = """
import sys
import langmix.tracking.plots, langmix.tracking.runs, langmix.studies.comparison
print(sorted({"mlflow", "matplotlib", "torch", "transformers"} & set(sys.modules)))
"""


def test_slow_packages_wait_until_they_are_needed():
    done = subprocess.run([sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
