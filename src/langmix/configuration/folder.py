"""Where the configuration files lie."""

from pathlib import Path


def folder() -> Path:
    """The folder of configuration groups: inside the installed package, or ``conf/`` of a checkout."""
    package = Path(__file__).parents[1]
    packaged = package / "conf"
    return packaged if packaged.is_dir() else package.parents[1] / "conf"
