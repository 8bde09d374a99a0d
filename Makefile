# The only door to this repository: `make help` lists every entry.
# PYTHON (3.11 or newer), VENV, AIRFLOW (a minor that has a file in constraints/) and CLIENTS (of `test-sdk`) may be given
# on the command line. Every Airflow has an environment of its own: the newest .venv, 3.0 .venv-airflow-3.0, …

PYTHON  ?= python3
NEWEST  := 3.3
OLDER   := 3.0 3.1 3.2
AIRFLOW ?= $(NEWEST)
VENV    ?= $(if $(filter $(NEWEST),$(AIRFLOW)),.venv,.venv-airflow-$(AIRFLOW))
CLIENTS ?= sdk2 sdk3 awscli

BIN         := $(VENV)/bin
CONSTRAINTS := constraints/airflow-$(AIRFLOW).txt
STAMP       := $(VENV)/.installed-airflow-$(AIRFLOW)
PYTEST      := $(BIN)/python -m pytest
# pip for what a user makes, with whatever pip is configured to; uv beside it takes seconds instead of minutes.
UV          := $(if $(filter $(NEWEST),$(AIRFLOW)),,.venv-uv/bin/uv)
INSTALL     := $(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install)
# Two processes, each with an Airflow home of its own; the tests of a file stay together and share what they start.
PARALLEL    := --numprocesses 2 --dist loadfile

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-airflow test-airflows test-faults test-system test-loop test-demo test-lineage test-mwaa test-sdk lint types bench docs lock lock-mwaa clean

help: ## list the entries of this Makefile
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

setup: $(STAMP) ## install the package and its tools into .venv (done by every other entry when needed)

$(STAMP): pyproject.toml $(CONSTRAINTS) | $(UV)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; point PYTHON at one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing into $(VENV): a few minutes the first time ..."
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV)
	@$(INSTALL) --quiet --editable '.[dev]' --constraint $(CONSTRAINTS)
	@rm -f $(VENV)/.installed-airflow-* && touch $@

demo: $(STAMP) ## a year of New York departures through a classifier and a monitoring DAG, week by week
	@$(BIN)/python -m demo

test: $(STAMP) ## every test but those of test-faults, -system, -loop, -demo, -lineage, -mwaa and -sdk
	$(PYTEST) $(PARALLEL) -m 'not faults and not system and not loop and not year and not mwaa'

test-airflow: $(STAMP) ## operators, sensors, triggers, plugin and example DAGs in a real Airflow
	$(PYTEST) $(PARALLEL) tests/airflow tests/dags tests/hooks tests/triggers

test-airflows: ## test-airflow on every older Airflow (3.0, 3.1, 3.2), each in an environment of its own
	@for minor in $(OLDER); do $(MAKE) --no-print-directory test-airflow AIRFLOW=$$minor || exit 1; done

test-faults: $(STAMP) ## throttling, faults, resets, expired credentials and slow answers on the way to SageMaker
	$(PYTEST) $(PARALLEL) -m faults

test-system: $(STAMP) ## docker-compose.yaml's services run natively on PostgreSQL, with a backfill
	$(PYTEST) -m system

test-loop: $(STAMP) ## from a drift alarm to a new baseline under real Airflow components, undisturbed and with some of them killed
	$(PYTEST) -m loop

test-demo: $(STAMP) ## the whole demonstration, and whether it tells the truth
	$(PYTEST) -m year

test-lineage: $(STAMP) ## OpenLineage facets, with the optional provider in an environment on top of .venv
	@test -x .venv-lineage/bin/python || $(BIN)/python -m venv .venv-lineage
	@echo "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
	  > "$$(.venv-lineage/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/below.pth"
	@.venv-lineage/bin/python -m pip install --quiet 'apache-airflow-providers-openlineage>=2.3' --constraint $(CONSTRAINTS)
	PYTHONPATH=provider .venv-lineage/bin/python -m pytest tests/lineage

test-mwaa: $(STAMP) .venv-uv/bin/uv ## whether the package resolves beside the pins of MWAA's images; asks the package index
	$(PYTEST) tests/mwaa

.venv-uv/bin/uv:
	@$(PYTHON) -m venv .venv-uv && .venv-uv/bin/python -m pip install --quiet 'uv>=0.8'

lock-mwaa: $(STAMP) .venv-uv/bin/uv ## resolve constraints/mwaa/ anew, one file per image
	$(BIN)/python -m tests.mwaa.images

test-sdk: $(STAMP) $(CLIENTS:%=.venv-%/.installed) ## AWS's own SDK (2.x, 3.x) and CLI against the local SageMaker
	$(BIN)/python tests/sdk $(CLIENTS)

.venv-%/.installed: tests/sdk/requirements-%.txt
	@echo "Installing a client of AWS into .venv-$*: a few minutes the first time ..."
	@test -x .venv-$*/bin/pip || $(PYTHON) -m venv .venv-$*
	@.venv-$*/bin/python -m pip install --quiet --requirement $<
	@touch $@

lint: $(STAMP) ## ruff (rules and layout) and the floors of the architecture
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(STAMP) ## mypy --strict on contract, analysis and service
	$(BIN)/mypy

bench: $(STAMP) ## time and memory of every part beside bare scans and peers; writes benchmarks/RESULTS.md
	$(BIN)/python benchmarks/run.py

docs: $(STAMP) ## check that every link and every example in the documentation works
	$(PYTEST) tests/docs

# Older Airflows do not run with today's FastAPI and pydantic, and their official constraints are not on a package
# index: a date bounds the set instead (decision 0003). The one exception is moto: ours hangs on the classes of one minor.
MOTO := 2026-06-20T00:00:00Z
LOCK = .venv-uv/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url \
  --no-emit-find-links --no-annotate --no-header --quiet
LOCKED = { echo "\# Tested set for Airflow $(1). Written by \`make lock\`; no index addresses, no hashes: any mirror serves it."; \
  echo 'apache-airflow==$(1).*' | $(LOCK) --constraint - $(2); } > constraints/.new && mv constraints/.new constraints/airflow-$(1).txt

lock: .venv-uv/bin/uv ## resolve constraints/ anew, one file per Airflow minor
	$(call LOCKED,3.0,--exclude-newer 2025-10-20T00:00:00Z $(foreach one,moto py-partiql-parser,--exclude-newer-package $(one)=$(MOTO)))
	$(call LOCKED,3.1,--exclude-newer 2026-03-20T00:00:00Z --exclude-newer-package moto=$(MOTO))
	$(call LOCKED,3.2,--exclude-newer 2026-06-20T00:00:00Z)
	$(call LOCKED,3.3,)

clean: ## remove everything `make` made, the environment included
	rm -rf $(VENV) .venv-* .demo dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
