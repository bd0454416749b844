# One way to do each thing; every target may be run twice, and says what it does.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export HF_HUB_OFFLINE := 1

.PHONY: help ask serve test check openapi format notebooks evaluate-dev clean
.DEFAULT_GOAL := help

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/' | expand -t 16

$(VENV)/.index: pyproject.toml constraints.txt
	@echo "==> Making the environment in $(VENV) and installing coverage-search with what builds an index (some minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[index]'
	@touch $@

$(VENV)/.dev: $(VENV)/.index
	@echo "==> Installing the development tools"
	@$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

ask: $(VENV)/.index  ## Ask a question: make ask Q="Does Medicare pay for CPT 97026?"
	@$(BIN)/coverage-search ask "$(Q)"

serve: $(VENV)/.index  ## Serve the HTTP interface on port 8000
	@$(BIN)/coverage-search serve

test: check  ## Format check, lint, types and all tests: what CI runs

check: $(VENV)/.dev
	@echo "==> Format and lint"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@echo "==> Types"
	@$(BIN)/mypy
	@echo "==> Tests"
	@$(BIN)/pytest

format: $(VENV)/.dev  ## Format the code and mend what lint can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

notebooks: $(VENV)/.dev  ## Execute the notebooks
	@$(BIN)/pytest -m notebook

evaluate-dev: $(VENV)/.dev  ## Score the answers on judged questions: make evaluate-dev JUDGMENTS=file
	@$(BIN)/coverage-search evaluate $(JUDGMENTS)

JUDGMENTS ?= $(firstword $(wildcard ../shared/questions/dev.jsonl tests/judgments/dev.jsonl))

openapi: $(VENV)/.dev  ## Write docs/openapi.json as the server describes itself
	@$(BIN)/python -c "import json, pathlib, search_api.app as app; print(json.dumps(app.create_app(pathlib.Path()).openapi(), indent=1))" > docs/openapi.json

clean:  ## Remove the environment and caches
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
