#!/usr/bin/env bash
# Writes the lock files beside it. airflow.lock and gpu.lock go into images on top of requirements/dev.lock, and agree with
# it; sbom.lock is a tool with an environment of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PIP_FIND_LINKS UV_FIND_LINKS
compile() { .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"; }
compile --python-version 3.11 docker/airflow.in -c requirements/dev.lock -o docker/airflow.lock
compile --python-version 3.11 docker/gpu.in -c requirements/dev.lock -o docker/gpu.lock
compile --python-version 3.11 docker/sbom.in -o docker/sbom.lock
