# Everything a developer types. `make install`, `make demo` and `make test` each work as the only command after
# `git clone`, given Python 3.11 or newer, git and make: they create .venv, install what the lock files list (versions
# and hashes; from whichever index this machine's pip is configured for), build the dashboard, and run.

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
# Without bytecode: Python writes it when a module is first used, which is quicker than all of it now.
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --no-compile

# A stamp carries the checksum of what was installed, so that a second run installs nothing and a changed lock does.
checksum = $(shell cat pyproject.toml $(1) 2>/dev/null | cksum | cut -d ' ' -f 1)
RUNTIME := $(VENV)/.runtime-$(call checksum,requirements.lock)
DEVELOPMENT := $(VENV)/.development-$(call checksum,requirements-dev.lock)
# Does nothing when the screen is built from the present sources.
DASHBOARD := $(PY) build_dashboard.py

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test lint format bench soak dashboard wheel lock

help: ## this list
	@grep -hE '^[a-z]+:.*##' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

install: $(RUNTIME) ## make .venv with the `seamark` command in it
	@echo "Done: $(VENV)/bin/seamark --help"

demo: $(RUNTIME) ## replay a real model's degradation on http://localhost:8420
	@$(DASHBOARD)
	@$(VENV)/bin/seamark demo

test: $(DEVELOPMENT) ## every test, the browser's and the dashboard's included
	@$(DASHBOARD)
	@$(DASHBOARD) npm test --silent
	@$(PY) -m pytest -n 3 --dist loadfile $(PYTEST_ARGS)

lint: $(DEVELOPMENT) ## ruff, mypy and tsc
	@$(PY) -m ruff check
	@$(PY) -m ruff format --check
	@$(PY) -m mypy
	@$(DASHBOARD) npm run check --silent

format: $(DEVELOPMENT) ## let ruff lay out the Python files
	@$(PY) -m ruff check --fix --exit-zero --quiet
	@$(PY) -m ruff format

bench: $(DEVELOPMENT) ## every benchmark (or BENCH=benchmarks/size/run.py); each rewrites its own table
	@for each in $(or $(BENCH),$(wildcard benchmarks/*/run.py)); do echo "$$each"; $(PY) $$each || exit 1; done

soak: $(DEVELOPMENT) ## kill -9 at a thousand random moments, then count what is left
	@$(PY) -m pytest -m soak --timeout 3600 $(PYTEST_ARGS)

dashboard: $(RUNTIME) ## build the screen into src/seamark/server/static
	@$(DASHBOARD)

wheel: $(DEVELOPMENT) ## build dist/seamark-*.whl with the screen in it
	@$(PY) -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: $(PY) ## resolve the newest versions the bounds in pyproject.toml allow, with their hashes
	@$(PIP) uv
	@$(call resolve,--group build,requirements.lock)
	@$(call resolve,--group dev --constraint requirements.lock,requirements-dev.lock)

resolve = $(PY) -m uv pip compile pyproject.toml --extra server $(1) --output-file $(2) --quiet --upgrade --universal \
	--python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command 'make lock'

# --- what the commands stand on -------------------------------------------------------------------------------------

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Seamark needs Python 3.11 or newer; '$(PYTHON)' is not. Name another: make $(MAKECMDGOALS) PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/apt python3-venv || { \
	  echo "'$(PYTHON)' cannot make virtual environments yet: sudo apt-get install python3-venv"; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV)

$(RUNTIME): | $(PY)
	@echo "Installing what requirements.lock lists"
	@$(PIP) --require-hashes --requirement requirements.lock
	@$(call install_seamark)
	@touch $@

$(DEVELOPMENT): | $(PY)
	@echo "Installing what requirements-dev.lock lists"
	@$(PIP) --require-hashes --requirement requirements-dev.lock
	@$(call install_seamark)
	@touch $(RUNTIME) $@

install_seamark = $(PIP) --no-deps --no-build-isolation --editable . && rm -f $(VENV)/.runtime-* $(VENV)/.development-*
