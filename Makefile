# The front door. Every target makes its own virtual environment if there is none: Python 3.11 or newer, make and a
# package index are all it takes.
.DEFAULT_GOAL := help
.PHONY: help demo test test-clients test-long coverage docs mutants check format bench bench-suite baseline wheel clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROCESSES ?= 2

help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dataport needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)  ## Create a store, build the warehouse, let two months pass, show four answers.
	$(BIN)/dataport demo

test: check  ## Everything that must hold: the checks, then all tests, PostgreSQL included.
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup

# What is heavy to install and slow to start: LibreOffice, which the distribution's package brings where this runs as root.
test-clients: $(READY)  ## What programs that statisticians use read back: openpyxl and LibreOffice.
	@if ! command -v soffice >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes libreoffice-calc-nogui; \
	fi
	$(BIN)/python -m pytest tests/clients

test-long: check  ## The same with many more generated cases, then a sample of mutants.
	DATAPORT_LONG=1 $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup
	$(MAKE) mutants

# What lives with real stores, kills and time is left to `make test`: it takes branches that are taken here too, and long.
coverage: $(READY)  ## Branches that tests take: 85 % at least, and 95 % of access, disclosure and engine.
	$(BIN)/coverage erase
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup --cov --cov-report= \
	  --ignore tests/extracting --ignore tests/functional/test_interruptions.py \
	  --ignore tests/functional/test_refresh_kills.py --ignore tests/functional/test_wheel.py
	for room in access disclosure engine; do \
	  $(BIN)/coverage report --include="dataport/$$room/*" --show-missing --skip-covered --fail-under=95 || exit 1; \
	done
	$(BIN)/coverage report --skip-covered --fail-under=85

mutants: $(READY)  ## Break the code in 500 places, one at a time: some test must notice (MUTANTS="--minutes 30").
	$(BIN)/python tests/mutants.py --sample 500 --processes $(PROCESSES) $(MUTANTS)

check: $(READY)  ## Style, types between Request and SafeTable, floors, sizes.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest tests/contract/test_house.py

format: $(READY)  ## Put the code into shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)  ## Measure: ratios within one run, printed as a table.
	$(BIN)/python -m bench

bench-suite: $(READY)  ## Ask MetricFlow's own suite of answers (REPOSITORY=a checkout of it; cloned otherwise).
	$(BIN)/python -m bench.metricflow_suite $(if $(REPOSITORY),--repository $(REPOSITORY))

baseline: $(READY)  ## 500 questions of a home that is the same each time, answered as they were when they were written down.
	rm -rf .baseline && mkdir .baseline
	$(BIN)/python -m bench.baseline home .baseline/home
	$(BIN)/python -m bench.baseline check .baseline/home bench/baseline/answers.jsonl.gz

docs: $(READY)  ## Build the site of all pages into site/; a link that leads nowhere is an error.
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs/site . site

wheel: $(READY)  ## Build the wheel into dist/.
	$(BIN)/python -m build --wheel --outdir dist .

clean:  ## Remove what can be made again. Homes (.dataport) stay.
	rm -rf $(VENV) site jupyter_execute dist target logs .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage* mutants
