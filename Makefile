# Everything here works from a fresh clone with nothing but make and a Python >= 3.10 on the PATH.
# PYTHON=... picks the interpreter; TORCH=... another torch, e.g. TORCH="torch==2.6.0".
# TensorFlow and Keras have an environment of their own, and their older versions a third one.

VENV := .venv
PY := $(VENV)/bin/python
TF := .venv-tf
TF_OLD := .venv-tf-old
JAX_OLD := .venv-jax-old
PEER := .venv-bench
TORCH ?= torch==2.13.0
TENSORFLOW ?= tensorflow tf_keras keras
TENSORFLOW_OLD ?= tensorflow==2.16.* tf_keras==2.16.* keras==3.3.*
# TensorFlow 2.16 and this JAX want different versions of ml_dtypes.
KERAS_JAX_OLD ?= keras==3.3.* jax==0.4.38 jaxlib==0.4.38 "numpy<2"
# TensorFlow speaks of missing GPUs and of its threads on every start.
QUIET := TF_CPP_MIN_LOG_LEVEL=3 CUDA_VISIBLE_DEVICES= TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1
# That ARGS picks nothing of one part is no failure.
NONE = $(if $(ARGS),|| test $$? -eq 5)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help test check pytest pytest-torch pytest-tf pytest-tf-pairs pytest-tf-rest pytest-tf-old pytest-jax-old
.PHONY: claims wide demo bench fmt clean
.DEFAULT_GOAL := help

help: ## what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

test: check pytest ## format, lint, types, floors and tests: what CI runs, in the same order

check: $(VENV)/.ready-dev ## all of `test` that runs no code of the project
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports

# Two at a time, those that take longest first; one environment is made while the tests of another run.
pytest: ## the tests alone; ARGS="-k name" picks some
	$(MAKE) --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) \
	    pytest-tf-rest pytest-torch pytest-tf-pairs pytest-tf-old pytest-jax-old

pytest-torch: $(VENV)/.ready-dev ## those of the core and of PyTorch
	OMP_NUM_THREADS=1 $(PY) -m pytest -rs --durations=10 $(ARGS) $(NONE)

pytest-tf: pytest-tf-pairs pytest-tf-rest ## those of TensorFlow and Keras

pytest-tf-pairs: $(TF)/.ready
	OMP_NUM_THREADS=1 $(QUIET) $(TF)/bin/python -m pytest -rs --durations=10 -m "not claims" \
	    tests/tensorflow/pairs $(ARGS) $(NONE)

pytest-tf-rest: $(TF)/.ready
	OMP_NUM_THREADS=1 $(QUIET) $(TF)/bin/python -m pytest -rs --durations=10 -m "not wide" \
	    --ignore tests/tensorflow/pairs tests/tensorflow $(ARGS) $(NONE)

pytest-tf-old: $(TF_OLD)/.ready ## the same, as far as they concern the oldest versions supported
	OMP_NUM_THREADS=1 $(QUIET) $(TF_OLD)/bin/python -m pytest -rs -m "not newest and not claims" \
	    tests/tensorflow $(ARGS) $(NONE)

# JAX draws other random numbers up to 0.4, unless it is asked for those of later versions.
pytest-jax-old: $(JAX_OLD)/.ready ## Keras on the oldest JAX supported
	OMP_NUM_THREADS=1 $(QUIET) KERAS_BACKEND=jax JAX_THREEFRY_PARTITIONABLE=1 $(JAX_OLD)/bin/python -m pytest -rs $(ARGS) \
	    tests/tensorflow/test_keras_jax.py tests/tensorflow/pairs/test_pairs.py::test_elsewhere $(NONE)

claims: $(TF)/.ready ## what the broken programs of TensorFlow claim, checked with it alone; after changing one
	OMP_NUM_THREADS=1 $(QUIET) $(TF)/bin/python -m pytest -rs --durations=10 -m claims \
	    tests/tensorflow/pairs $(ARGS) $(NONE)

wide: $(TF)/.ready ## the architectures of Keras that take long
	OMP_NUM_THREADS=1 $(QUIET) $(TF)/bin/python -m pytest -rs --durations=10 -m wide \
	    tests/tensorflow/architectures $(ARGS) $(NONE)

demo: $(VENV)/.ready $(TF)/.ready ## diagnose every program in examples/
	@$(PY) tools/demo.py --tensorflow $(TF)/bin/python

bench: $(VENV)/.ready-dev $(TF)/.ready $(PEER)/.ready ## what observing costs: time and memory of a step, with and without
	@status=0; \
	$(PY) bench/run.py || status=1; \
	$(QUIET) $(TF)/bin/python bench/tensorflow_steps.py || status=1; \
	$(PY) bench/check_speed.py --torchfix $(PEER)/bin/torchfix || status=1; \
	exit $$status

fmt: $(VENV)/.ready-dev ## format, and mend what the linter can
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

clean: ## remove the environment and every cache
	rm -rf $(VENV) $(TF) $(TF_OLD) $(JAX_OLD) $(PEER) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist build

# torch goes first and alone, so that no other package's wish picks its version.
$(VENV)/.ready: pyproject.toml | $(PY)
	$(PY) -m pip install --quiet --upgrade "pip>=24"
	$(PY) -m pip install --quiet "$(TORCH)" numpy
	$(PY) -m pip install --quiet --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready
	$(PY) -m pip install --quiet "$(TORCH)" --editable ".[dev,peers]"
	@touch $@

# Keras runs on torch and jax too; Flax and Equinox are there for the pairs that only `check` reads.
$(TF)/.ready: pyproject.toml | $(TF)/bin/python
	$(TF)/bin/python -m pip install --quiet --upgrade "pip>=24"
	$(TF)/bin/python -m pip install --quiet "$(TORCH)" numpy
	$(TF)/bin/python -m pip install --quiet "$(TORCH)" $(TENSORFLOW) jax flax equinox optax keras-hub --editable ".[test]"
	@touch $@

$(TF_OLD)/.ready: pyproject.toml | $(TF_OLD)/bin/python
	$(TF_OLD)/bin/python -m pip install --quiet --upgrade "pip>=24"
	$(TF_OLD)/bin/python -m pip install --quiet $(TENSORFLOW_OLD) --editable ".[test]"
	@touch $@

$(JAX_OLD)/.ready: pyproject.toml | $(JAX_OLD)/bin/python
	$(JAX_OLD)/bin/python -m pip install --quiet --upgrade "pip>=24"
	$(JAX_OLD)/bin/python -m pip install --quiet $(KERAS_JAX_OLD) --editable ".[test]"
	@touch $@

# What `check` is measured beside; it is no dependency of ours.
$(PEER)/.ready: | $(PEER)/bin/python
	$(PEER)/bin/python -m pip install --quiet torchfix==0.7.0
	@touch $@

%/bin/python:
	@for python in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.10 python; do \
	    if $$python -c 'import sys, ensurepip, venv; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then \
	        echo "$* with $$($$python --version) ($$python)"; \
	        exec $$python -m venv $*; \
	    fi; \
	done; \
	echo "No Python >= 3.10 with the venv module was found; name one with PYTHON=/path/to/python" >&2; \
	exit 1
