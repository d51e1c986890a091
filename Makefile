# The two commands of the README are `make demo` and `make test`; each sets up all that it needs.
.DEFAULT_GOAL := help
.PHONY: help setup-demo setup-dev demo demo-add up down test test-slow lint format bench bench-models bench-scale bench-cluster bench-dashboard accuracy reference lock images compose-env sbom clean
PY := .venv/bin/python
# For what needs nothing but Python itself, 3.11 or later.
PYTHON3 = $(firstword $(wildcard $(PY)) $(PYTHON) python3)
SOURCE ?=
PYTEST := $(PY) -m pytest

help: ## Show this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup-demo: ## Install what the demo and the command line need
	@requirements/install.sh demo

setup-dev: ## Install that and what the tests need
	@requirements/install.sh dev

demo: setup-demo ## Run the whole pipeline on the sample channel, or on SOURCE=<folder or URL>
	@$(PY) -m facelib.demo run $(if $(SOURCE),--source '$(SOURCE)')

demo-add: setup-demo ## Add one upload to the sample channel; the next `make demo` finds it
	@$(PY) -m facelib.demo add

up: setup-demo ## Serve the Airflow UI and the dashboard on 127.0.0.1
	@$(PY) -m facelib.demo up

down: ## Stop what `make up` started
	@$(PY) -m facelib.demo down

test: setup-dev ## Run the tests (at most 15 minutes on 2 cores)
	@requirements/browser.sh
	@$(PY) -m facelib.demo fetch
	@$(PYTEST) -m "not slow" -n 2 --dist loadfile

test-slow: setup-dev ## Run the tests that take minutes: a real Airflow, the whole demo
	@$(PY) -m facelib.demo fetch
	@$(PYTEST) -m slow -n 2 --dist loadfile

lint: setup-dev ## Check style, types and the direction of imports
	@.venv/bin/ruff check . && .venv/bin/ruff format --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: setup-dev ## Format the code
	@.venv/bin/ruff check --fix -q . ; .venv/bin/ruff format .

bench: setup-dev ## Measure stages against decoding and encoding alone
	@$(PY) -m facelib.demo fetch
	@$(PY) -m benchmarks

bench-models: setup-dev ## Measure clips a second of every model on a GPU (or CPU), with random weights
	@$(PY) -m benchmarks.models

bench-scale: setup-dev ## Measure publish, search and curation at 10 k, 100 k and 1 M clips
	@$(PY) -m benchmarks.scale

bench-cluster: setup-demo ## Measure the planner and simulate a cluster with the demo's stage times
	@$(PY) -m benchmarks.cluster

bench-dashboard: setup-dev ## Measure the dashboard with many users on the sample channel
	@$(PY) -m benchmarks.dashboard

accuracy: setup-dev ## Write docs/accuracy.md anew from the test clips
	@$(PY) -m facelib.demo fetch
	@$(PY) -m benchmarks.accuracy

reference: setup-dev ## Write docs/reference/ anew from the code
	@$(PY) -m docs.generate

lock: setup-dev ## Resolve requirements/*.lock and docker/*.lock anew
	@requirements/lock.sh
	@docker/lock.sh

images: ## Build the container images with docker, podman or buildah; IMAGES="worker-gpu" chooses, BASE=<image> too
	@$(PYTHON3) docker/build.py $(IMAGES) $(if $(BASE),--base '$(BASE)')

compose-env: ## Write docker/.env: passwords and keys for docker/compose.yaml
	@$(PYTHON3) docker/compose_env.py

sbom: setup-dev ## Write bills of material (CycloneDX) of the images into data/sbom
	@docker/sbom.sh

clean: ## Remove the environment and all data of the demo
	rm -rf .venv data
