#!/usr/bin/env bash
# Writes the lock files: for every platform and Python version, with hashes, and without naming any index or folder.
set -euo pipefail
cd "$(dirname "$0")/.."
unset PIP_FIND_LINKS UV_FIND_LINKS
compile() { .venv/bin/uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-annotate --no-header "$@"; }
compile pyproject.toml --all-extras -o requirements/dev.lock
compile pyproject.toml --extra airflow --extra demo --extra dashboard --extra export --extra s3 -c requirements/dev.lock -o requirements/demo.lock
echo "uv==$(.venv/bin/uv --version | cut -d' ' -f2)" | compile - -o requirements/bootstrap.lock
