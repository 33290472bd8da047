# One door for people, hook and CI: make setup | run | check | test | bench | screenshots
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: setup run check test test-slow bench screenshots clean

setup: $(VENV)/.run

$(VENV)/.run: requirements.txt constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c constraints.txt
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

screenshots: $(VENV)/.test
	$(BIN)/python -m benchmarks.screenshots docs/screenshots

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
