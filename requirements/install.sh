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
pip_setting() { .venv/bin/python -m pip config list | sed -n "s/^global\.$1='\(.*\)'\$/\1/p"; }
# uv does not read pip's configuration: hand on the index and the certificates that pip was told to use.
index=${PIP_INDEX_URL:-$(pip_setting index-url)}
cert=${PIP_CERT:-$(pip_setting cert)}
if [ -n "$index" ]; then export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index}; fi
if [ -n "$cert" ]; then export SSL_CERT_FILE=${SSL_CERT_FILE:-$cert}; fi
echo "installing $(grep -c == "$lock") packages from $lock"
VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --compile-bytecode --require-hashes -r "$lock"
VIRTUAL_ENV=.venv .venv/bin/uv pip install --quiet --no-deps --no-build-isolation --editable .
cp "$lock" "$stamp"
