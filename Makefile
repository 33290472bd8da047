# One door for people, hook and CI: make setup | setup-ocr | run | check | test | bench | bench-leakage | screenshots
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: setup setup-ocr run check test test-slow bench bench-leakage screenshots clean

setup: $(VENV)/.run

$(VENV)/.run: requirements.txt constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
	@touch $@

setup-ocr: $(VENV)/.ocr

$(VENV)/.ocr: requirements-ocr.txt requirements.txt constraints.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-ocr.txt -c constraints.txt
	@touch $@

$(VENV)/.test: requirements-dev.txt requirements.txt $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c constraints.txt
	@touch $@

run: setup
	@$(BIN)/python manage.py init
	@$(BIN)/python manage.py demo --if-empty
	@$(BIN)/python manage.py serve --port $(PORT)

check: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-slow: $(VENV)/.test
	$(BIN)/python -m pytest -m slow --timeout 3600

bench: setup
	$(BIN)/python manage.py bench

SEEDS ?= 101-105

bench-leakage: setup
	$(BIN)/python -m benchmarks.bench_leakage --seeds $(SEEDS)

screenshots: $(VENV)/.test
	$(BIN)/python -m benchmarks.screenshots docs/screenshots

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
