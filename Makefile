# Every target works alone on a fresh machine: the environment is made when it is missing or its pins have changed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help demo test test-interop check docs bench hub-check paper format clean

help:
	@echo "make demo    compare three samplers and the untrained backbone on atlas (offline, minutes)"
	@echo "make test    install, then lint, types and tests"
	@echo "make test-interop  install what langmix works inside of, then the tests of that"
	@echo "make check   the same without installing"
	@echo "make docs    build the documentation into .site/"
	@echo "make bench   measure against other tools, into benchmarks/RESULTS.md (real data: LANGMIX_DATA)"
	@echo "make paper   the grid of arXiv 2408.10536 (needs a GPU, the hub, and its corpora: ARGS=...)"
	@echo "make hub-check  load every backbone and collection of the hub by its pin (needs a network)"
	@echo "make format  rewrite the code in the project's style"
	@echo "make clean   remove the environment"

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	# torch first and alone: whatever pip resolves later then keeps this build.
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[offline,translation,dev]"
	@touch $@

demo: $(READY)
	$(BIN)/langmix --multirun experiment=demo

test: $(READY) check

test-interop: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[offline,translation,dev,interop]"
	$(BIN)/pytest tests/interop

check:
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/deptry src
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet --strict --site-dir .site
	$(BIN)/pytest --numprocesses=2 --dist=worksteal

docs: $(READY)
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --site-dir .site

bench: $(READY)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable ".[offline,translation,dev,bench]"
	$(BIN)/python benchmarks/run_all.py

paper: $(READY)
	$(BIN)/langmix --multirun experiment=paper $(ARGS)

hub-check: $(READY)
	$(BIN)/python benchmarks/hub_check.py

format:
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

clean:
	rm -rf .venv
