# Mainstay: every target sets up what it needs by itself. `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
PORT ?= 8000
DB ?= all

# A Python of 3.12 or newer: the ones on the PATH first, then pyenv's.
PYENVS := $(wildcard $(HOME)/.pyenv/versions/3.1[2-9]*/bin/python)
PYTHON ?= $(firstword $(foreach p,python3.12 python3.13 python3.14 python3 $(PYENVS),$(shell $(p) -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null && command -v $(p))))
# uv makes the environment in two seconds instead of thirty; without it, pip does.
ANY_PYTHON := $(firstword $(PYTHON) $(shell command -v python3))
UV := $(firstword $(shell command -v uv 2>/dev/null) .tools/bin/uv)

.PHONY: help install run test check engines equality bench fix lock

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

.tools/.ok:
	@test -n "$(ANY_PYTHON)" || { echo "Mainstay needs Python 3.12 or newer; none was found."; exit 1; }
	@mkdir -p .tools
	@command -v uv >/dev/null 2>&1 \
	  || { $(ANY_PYTHON) -m venv .tools && .tools/bin/python -m pip install -q --disable-pip-version-check "uv>=0.9,<1"; } \
	  || echo "uv could not be had; pip will do it more slowly."
	@touch $@

.venv/.run: requirements.lock pyproject.toml | .tools/.ok
	@./tools/make-venv "$(UV)" "$(PYTHON)" requirements.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml | .tools/.ok
	@./tools/make-venv "$(UV)" "$(PYTHON)" requirements-dev.lock
	@touch $@ .venv/.run

install: .venv/.run ## Make .venv with Mainstay in it

run: .venv/.run ## Start Mainstay with the demo company on http://localhost:8000 (PORT=…)
	@.venv/bin/mainstay up --demo --port $(PORT)

test: .venv/.dev ## Run every test: SQLite, PostgreSQL and browser (DB=sqlite or DB=postgres for one)
	@DB="$(DB)" ./tools/run-tests $(ARGS)

check: .venv/.dev ## Format, lint, types, floors, migrations
	@./tools/check

engines: | .tools/.ok ## Make .venv-engines with the other engines that metrics run on (1.6 GB; Spark needs Java)
	@./tools/install-engines "$(UV)" "$(PYTHON)"

equality: engines ## Compute every metric on DuckDB, Spark and ClickHouse and compare (ONLY=word for some engines)
	@./tools/equality $(ONLY)

bench: .venv/.dev ## Run the benchmarks and print their ratios (ONLY=name for one)
	@.venv/bin/python -m benchmarks $(ONLY)

fix: .venv/.dev ## Format and mend what can be mended
	@.venv/bin/ruff format -q . && .venv/bin/ruff check -q --fix .

lock: | .tools/.ok ## Resolve the newest allowed versions into the lock files
	@$(UV) pip compile pyproject.toml --universal --python-version 3.12 --generate-hashes --upgrade -q --no-header -o requirements.lock
	@$(UV) pip compile pyproject.toml --group dev --universal --python-version 3.12 --generate-hashes --upgrade -q --no-header -o requirements-dev.lock
	@$(UV) pip compile pyproject.toml --extra spark --extra clickhouse --group engines --universal --python-version 3.12 --generate-hashes --upgrade -q --no-header --no-annotate -c requirements.lock -o requirements-engines.lock
	@echo "duckdb>=1.5.6,<1.6" | $(UV) pip compile - --universal --python-version 3.12 --generate-hashes --upgrade -q --no-header --no-annotate -o requirements-duckdb-1.5.lock
