# Every target does its own set-up from a clean clone; all that is needed is Python 3.11+ with venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV_VERSION := 0.13.9
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help setup demo up test lint bench down lock compose-env

# Where `make up` listens, on 127.0.0.1; empty is any free port.
AIRFLOW_PORT ?= 8080
S3_PORT ?=
AZURITE_PORT ?=

# Of TPC-H for `make bench`: 1 is 6 million rows a side.
SCALE ?= 1

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv with `reconcile` in it

$(STAMP): requirements.txt requirements-dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11, 3.12 or 3.13 is needed, found " + sys.version.split()[0]) if not (3, 11) <= sys.version_info[:2] <= (3, 13) else None'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements-dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## The main job on the flights of January 2013, start to report
	@$(BIN)/python -m demo

up: setup ## Airflow over the demo's data, to look around in (AIRFLOW_PORT=8080 S3_PORT= AZURITE_PORT=)
	@$(BIN)/python -m demo up --airflow-port $(AIRFLOW_PORT) $(S3_PORT:%=--s3-port %) $(AZURITE_PORT:%=--azurite-port %)

# More processes than cores: many tests wait for a server, a scheduler or a browser.
test: setup ## Every test, real servers included
	@$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: setup ## ruff, mypy and the import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: setup ## Side by side with other ways to the same answer, and the bars (SCALE=1)
	@$(if $(filter 1,$(SCALE)),$(BIN)/python -m benchmarks.over_the_wire)
	@$(if $(filter 1,$(SCALE)),$(BIN)/python -m benchmarks.historical_sync)
	@$(if $(filter 1,$(SCALE)),$(BIN)/python -m benchmarks.inventories)
	@$(if $(filter 1,$(SCALE)),$(BIN)/python -m benchmarks.snapshot_listings)
	@$(if $(filter 1,$(SCALE)),$(BIN)/python -m benchmarks.snapshots)
	@$(BIN)/python -m benchmarks --scale $(SCALE)

down: ## Stop what `make demo` and `make up` started and remove what they wrote
	@test ! -x $(BIN)/python || $(BIN)/python -m demo down

compose-env: ## Write .env with new secrets for docker-compose.yaml, unless it is there
	@$(PYTHON) deploy/compose_env.py

lock: ## Pin every dependency anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra airflow --extra deployment --custom-compile-command 'make lock' pyproject.toml -o requirements.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --extra airflow --extra deployment --group dev -c requirements.txt --custom-compile-command 'make lock' pyproject.toml -o requirements-dev.txt
	@sed -i '1i -r requirements.txt' requirements-dev.txt
