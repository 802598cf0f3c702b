# The front door. Every target makes its own virtual environment if there is none: Python 3.11 or newer, make and a
# package index are all it takes.
.DEFAULT_GOAL := help
.PHONY: help demo serve-demo test test-heavy test-clients test-long coverage docs mutants check format bench bench-suite baseline wheel clean

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PROCESSES ?= 2
PORT ?= 8000

help:  ## List the targets.
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dataport needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

demo: $(READY)  ## Create a store, build the warehouse, let two months pass, show four answers.
	$(BIN)/dataport demo

serve-demo: $(READY)  ## Serve the demo's invented people on this machine (PORT=8000); makes them if there are none.
	@[ -e "$${DATAPORT_HOME:-.dataport}/published/CURRENT" ] || $(BIN)/dataport demo
	$(BIN)/dataport serve --demo --port $(PORT)

test: check  ## What must hold: the checks, then every test but the heavy ones, PostgreSQL included.
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup -m 'not heavy'

test-heavy: $(READY)  ## The rest of it: kills at any moment, faults, damage, days that pass, a wheel. Minutes each.
	$(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup -m heavy

# What is heavy to install and slow to start: LibreOffice, Chromium and R, which the distribution's packages bring where this
# runs as root, and what npm brings: axe, the checker of types and the linter for the pages, and a certified OpenID provider.
test-clients: $(READY)  ## What other programs make of it: LibreOffice, Chromium, curl, polars, R, nginx, an OpenID provider.
	@if ! command -v soffice >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes libreoffice-calc-nogui; \
	fi
	@if ! command -v chromium >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes chromium fonts-noto-core; \
	fi
	@if ! command -v Rscript >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes curl r-base-core r-cran-httr2; \
	fi
	@if ! PATH="$$PATH:/usr/sbin" command -v nginx >/dev/null && [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends --yes nginx-light; \
	fi
	@if command -v npm >/dev/null; then \
	  mkdir -p .clients && cp tests/clients/web/package.json tests/clients/web/eslint.config.mjs .clients/ && \
	  npm install --prefix .clients --no-audit --no-fund --loglevel=error; \
	fi
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev,clients]'
	$(BIN)/python -m pytest tests/clients

test-long: check  ## The same with many more generated cases, then a sample of mutants.
	DATAPORT_LONG=1 $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup
	$(MAKE) mutants

# What is heavy is left to `make test-heavy`, and of generated cases there are few: both take branches that are taken here
# too, and long.
coverage: $(READY)  ## Branches that tests take: 85 % at least, and 95 % of access, disclosure and engine.
	$(BIN)/coverage erase
	DATAPORT_GENERATED=short $(BIN)/python -m pytest --numprocesses $(PROCESSES) --dist loadgroup -m 'not heavy' \
	  --cov --cov-report=
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
