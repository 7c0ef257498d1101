# make demo and make test need Python 3.11+ and make, nothing else; the rest fetches what it needs.
PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/.ready
COMPILE := ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links

export PYTHONPATH := layers/private_connection:.

.PHONY: help demo test lint format lock clean

help:           ## what there is
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

$(READY): requirements/uv.txt requirements/dev.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@touch $@

demo: $(READY)  ## create a three-node cluster and connect it, in the sandbox
	$(BIN)/python -m sandbox demo

test: $(READY)  ## every test, offline
	$(BIN)/python -m pytest -n 2 --dist worksteal

lint: $(READY)  ## style, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(READY) ## put sources and definitions into their one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(READY)  ## resolve the requirement files again
	cd requirements && for each in uv dev sam; do $(COMPILE) $$each.in -o $$each.txt; done
	cd requirements && $(COMPILE) layer.in -o ../layers/private_connection/requirements.txt

clean:          ## remove whatever is generated
	rm -rf .venv .sam .aws-sam build
