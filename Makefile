# make demo and make test need only Python 3.11+ and make; other targets fetch what they need.
PYTHON ?= python3
BIN    := .venv/bin
READY  := .venv/.ready
SAM    := .sam/bin/sam
CHECKOV := .checkov/bin/checkov
CONFIG ?= default
NODE   := tools/node/node_modules/.ready
DEFINITIONS := $(patsubst statemachine/%,build/definitions/%,$(wildcard statemachine/*.asl.json))
RECORDED := build/recordings/complete
RECORDING := tests/scenarios tests/faults tests/permissions tests/statemachine
# Every file that a recorded run depends on. If git cannot list them, recordings count as old.
RUN_FROM := $(or $(wildcard $(shell git ls-files --cached --others --exclude-standard \
  sandbox ':!sandbox/tests' ':!sandbox/README.md' functions layers statemachine events template.yaml \
  $(wildcard tests/*.py) $(RECORDING) 2>/dev/null)),always)
COMPILE := ../$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links

export PYTHONPATH := layers/private_connection:cli:.
unexport PYTHONDONTWRITEBYTECODE  # each process with a sandbox account loads the functions: compile them once
export SAM_CLI_TELEMETRY := 0

.PHONY: help demo teardown-demo test recordings soak crossings lint types judges format graph schemas permissions licences render build emulator-test sheet-test readme-test redis-demo acceptance acceptance-test deploy destroy bench cold-start lock pictures comparison clean always

help:           ## list the targets
	@grep -E '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/'

# The environment is made again if its Python is gone, or if a call names another version: make test PYTHON=python3.13.
ASKED := $(if $(filter-out file,$(origin PYTHON)),$(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])'))
MADE_BY := $(shell test -x $(BIN)/python && sed -n 's/^version[a-z_]* = \([0-9]*\.[0-9]*\).*/\1/p' .venv/pyvenv.cfg)
.PHONY: other-python
$(READY): $(if $(MADE_BY),$(if $(filter-out $(MADE_BY),$(ASKED)),other-python),other-python)

$(READY): requirements/uv.txt requirements/dev.txt
	@$(PYTHON) tools/python_version.py
	$(PYTHON) -m venv --clear .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip sync --quiet --compile-bytecode --require-hashes requirements/dev.txt
	$(BIN)/python -m tools.command
	@touch $@

demo: $(READY)  ## create a three-node cluster and connect it, in the sandbox
	$(BIN)/private-connection demo

teardown-demo: $(READY) ## the demo, then its teardown: nothing is left
	$(BIN)/private-connection demo --teardown

test: $(READY)  ## run every test, offline
	$(BIN)/python -m pytest -n 2 --dist worksteal --record build/recordings tests sandbox/tests

recordings: $(RECORDED) ## record the runs that make lint judges; make test records them too

$(RECORDED): $(READY) $(RUN_FROM)
	$(BIN)/python -m pytest -n 2 --dist worksteal --record build/recordings $(RECORDING)

soak: $(READY)  ## test every fault at every call (into build/fault-matrix.md), every stop and 1,000 random sequences: up to forty minutes
	$(BIN)/python tests/faults/matrix.py cells pairs
	SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests/faults/test_stops.py tests/faults/test_stops_recovered.py \
	  tests/faults/test_busy.py tests/faults/test_drifts.py tests/faults/test_failing_drifts.py tests/faults/test_large.py \
	  tests/faults/test_drift_swept.py tests/faults/test_after_ready.py tests/faults/test_marks.py tests/faults/test_marks_withdrawn.py \
	  tests/faults/test_marks_lost.py tests/faults/test_drift_found.py tests/faults/test_drift_meanwhile.py \
	  tests/faults/test_gone_meanwhile.py tests/faults/test_unseen.py tests/faults/test_foreign.py tests/faults/test_notices.py \
	  tests/scenarios/test_provision_again.py tests/scenarios/test_provision_faults.py \
	  tests/scenarios/test_no_false_alarm.py tests/scenarios/test_node_events.py tests/scenarios/test_outages.py \
	  tests/statemachine/test_failures_fit.py tests/statemachine/test_withdrawals.py tests/statemachine/test_sweeps.py \
	  tests/exactness/test_plans.py tests/findings tests/cli/test_rights.py tests/faults/test_sequences.py
	SOAK=1 $(BIN)/python -m pytest -n 2 -m hypothesis tests/unit
	SOAK=1 $(BIN)/python -m pytest -n 2 -k plain sandbox/tests/services

crossings: $(READY) ## test each failure of a run after each stop of the one before it, and after each drift: some twenty minutes
	WHOLE=1 $(BIN)/python tests/faults/matrix.py pairs
	WHOLE=1 SOAK=1 $(BIN)/python -m pytest -n 2 --dist worksteal tests/faults/test_failing_drifts.py

lint: $(READY) .sam/.ready .checkov/.ready $(NODE) ## check style, types, imports, definitions, the template, permissions and expressions
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@$(MAKE) --no-print-directory --jobs 2 types judges

# The two halves of make lint, which it lets run beside each other.
types: $(READY)
	$(BIN)/mypy

judges: $(READY) .sam/.ready .checkov/.ready $(NODE)
	@mkdir -p build
	$(BIN)/lint-imports --no-logo --no-cache > build/imports.txt || { cat build/imports.txt; exit 1; }
	@sed -n 's/^Contracts:/imports:/p' build/imports.txt
	$(BIN)/python -m tools.definitions.form --check statemachine/*.asl.json
	$(BIN)/python -m tools.definitions.check
	$(BIN)/python -m tools.definitions.graph --check
	$(BIN)/python -m tools.write_schemas --check
	$(BIN)/python -m tools.permissions.page --check
	$(BIN)/python -m tools.permissions.rights --check
	$(BIN)/python -m private_connection_cli.pictures --check
	$(BIN)/python -m tools.comparison --check
	$(BIN)/python -m tools.render
	$(BIN)/cfn-lint --format pretty build/template.json
	$(CHECKOV)
	tools/node/node_modules/.bin/asl-validator $(addprefix --json-path ,$(DEFINITIONS))
	$(SAM) validate --lint --region us-east-1
	$(MAKE) --no-print-directory $(RECORDED)
	$(BIN)/python -m tools.permissions
	$(BIN)/python -m tools.definitions.replay
	$(BIN)/python -m pytest -m needs_node tests/permissions

format: $(READY) ## format sources and definitions
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tools.definitions.form statemachine/*.asl.json

graph: $(READY)  ## draw the definitions into docs/architecture.md
	$(BIN)/python -m tools.definitions.graph

schemas: $(READY) ## write docs/schema from the models
	$(BIN)/python -m tools.write_schemas

pictures: $(READY) ## draw what a terminal shows, from runs in a sandbox, into docs/pictures
	$(BIN)/python -m private_connection_cli.pictures

permissions: $(READY) ## write docs/permissions.md, docs/rights.md and its policies from the template and the recorded calls
	$(BIN)/python -m tools.permissions.page
	$(BIN)/python -m tools.permissions.rights

licences: $(READY) ## write docs/licences.md from what the packages say of themselves
	$(BIN)/python -m tools.licences

comparison: $(READY) ## write docs/comparison.md from the situations in tests/comparison
	$(BIN)/python -m tools.comparison

render: $(READY) ## write the template as CloudFormation deploys it to build/template.json
	$(BIN)/python -m tools.render

.%/.ready: requirements/%.txt $(READY)
	$(PYTHON) -m venv --clear --without-pip .$*
	VIRTUAL_ENV=.$* $(BIN)/uv pip sync --quiet --require-hashes $<
	@touch $@

$(NODE): tools/node/package-lock.json
	npm ci --prefix tools/node --silent --no-audit --no-fund
	@touch $@

build: .sam/.ready ## package for AWS, into .aws-sam
	@mkdir -p build
	UV=$(CURDIR)/$(BIN)/uv $(SAM) build > build/sam.log 2>&1 || { cat build/sam.log; exit 1; }
	$(BIN)/python -m tools.package.check

emulator-test: .emulator/.ready ## deploy the package into a second emulator and run it there
	$(BIN)/python -m pytest tests/emulator

deploy: $(READY) ## deploy to AWS unless a run is going on (FORCE=1 does all the same); CONFIG=guided asks for the settings and keeps the answers in samconfig.local.toml
	@$(BIN)/python -m tools.deploy --check $(CONFIG)
	@$(MAKE) --no-print-directory build
	@$(BIN)/python -m tools.deploy $(CONFIG)

destroy: $(READY) .sam/.ready ## delete the stack unless a connection is left or a run is going on (FORCE=1 does all the same), and say what stays
	@$(BIN)/python -m tools.destroy $(CONFIG)

.venv/.browser: $(READY) requirements/browser.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements/browser.txt
	@touch $@

sheet-test: .venv/.browser ## try the sheet's page in a headless Chromium, with pictures in build/sheet
	@tools/chromium.sh
	$(BIN)/python -m pytest tests/browser

readme-test: $(READY) .awscli/.ready ## type the commands of README and of the pages into a shell, with the AWS CLI and a served sandbox
	$(BIN)/python -m pytest -x -n 2 --dist loadfile tests/readme

acceptance: $(READY) ## try what is assumed of AWS in your account, for some cents: ACCEPT=<account id> (docs/acceptance.md)
	@$(BIN)/python -m acceptance

acceptance-test: $(READY) ## make acceptance against served sandboxes, on which its checks are broken one by one
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/acceptance

redis-demo: $(READY) ## use paths for real, with a Redis server that has TLS: Debian's, where it can be installed
	server=$$(tools/redis_server.sh) && $(BIN)/python -m pytest tests/consumer/test_paths.py --redis-server $$server

.venv/.bench: $(READY) requirements/bench.txt
	VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --require-hashes -r requirements/bench.txt
	@touch $@

bench: .venv/.bench ## measure runs against the limit, write docs/performance.md and build/bench.json
	$(BIN)/python -m bench

cold-start: $(READY) ## measure the imports and clients of each function
	$(BIN)/python -m bench cold-start

lock: $(READY)  ## resolve the versions in the requirement files again
	cd requirements && for each in uv dev sam checkov bench browser emulator awscli; do $(COMPILE) $$each.in -o $$each.txt; done
	cd requirements && $(COMPILE) layer.in -o ../layers/private_connection/requirements.txt

clean:          ## remove everything that is generated
	rm -rf .venv .sam .checkov .emulator .awscli .aws-sam build tools/node/node_modules
