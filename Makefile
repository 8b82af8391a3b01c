# Everything here works from a fresh clone with nothing but make and a Python >= 3.10 on the PATH.
# PYTHON=... picks the interpreter; TORCH=... another torch, e.g. TORCH="torch==2.6.0".

VENV := .venv
PY := $(VENV)/bin/python
TORCH ?= torch==2.13.0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help test check pytest demo bench fmt clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

test: check pytest ## format, lint, types, floors and tests: what CI runs, in the same order

check: $(VENV)/.ready-dev ## all of `test` that runs no code of the project
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

pytest: $(VENV)/.ready-dev ## the tests alone; ARGS="-k name" picks some
	OMP_NUM_THREADS=1 $(PY) -m pytest -rs --durations=10 $(ARGS)

demo: $(VENV)/.ready ## diagnose every program in examples/
	@$(PY) tools/demo.py

bench: $(VENV)/.ready ## what observing costs: time and memory of a step, with and without
	$(PY) bench/run.py

fmt: $(VENV)/.ready-dev ## format, and mend what the linter can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

clean: ## remove the environment and every cache
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

# torch goes first and alone, so that no other package's wish picks its version.
$(VENV)/.ready: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --upgrade "pip>=24"
	$(PY) -m pip install --quiet "$(TORCH)" numpy
	$(PY) -m pip install --quiet --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PY) -m pip install --quiet "$(TORCH)" --editable ".[dev,peers]"
	@touch $@

$(PY):
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.10 python; do \
	    if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	        echo "$(VENV) with $$($$python --version) ($$python)"; \
	        exec $$python -m venv $(VENV); \
	    fi; \
	done; \
	echo "No Python >= 3.10 with the venv module was found; name one with PYTHON=/path/to/python" >&2; \
	exit 1
