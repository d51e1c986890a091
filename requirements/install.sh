#!/usr/bin/env bash
# Installs exactly what a lock file names into .venv, then this project itself. Usage: install.sh LOCK
# Needs Python 3.11 to 3.13 with venv. Package index settings of pip (PIP_INDEX_URL, pip.conf) hold for all of it.
set -euo pipefail
cd "$(dirname "$0")/.."
lock=requirements/$1.lock
stamp=.venv/.installed-$1
if [ -f "$stamp" ] && cmp -s "$lock" "$stamp" && .venv/bin/facelib --help >/dev/null 2>&1; then exit 0; fi

python=${PYTHON:-python3}
if ! "$python" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then
    echo "$python is not Python 3.11 to 3.13 with venv. Set PYTHON=..., or on Debian: apt-get install python3-venv" >&2
    exit 1
fi
[ -x .venv/bin/python ] || "$python" -m venv .venv
.venv/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/bootstrap.lock
if [ -z "${UV_DEFAULT_INDEX:-}" ]; then
    index=${PIP_INDEX_URL:-$(.venv/bin/python -m pip config get global.index-url 2>/dev/null || true)}
    [ -z "$index" ] || export UV_DEFAULT_INDEX=$index
fi
echo "installing $(grep -c == "$lock") packages from $lock"
VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --compile-bytecode --require-hashes -r "$lock"
VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
cp "$lock" "$stamp"
