# ruff: noqa: A005 (the tests folder itself is never on the import path, so nothing is shadowed)
