#!/usr/bin/env bash
# Sees to a Chromium for the tests of the dashboard: the system's own, else Debian's package, else Playwright's download.
# Without one those tests skip; this script then says why and ends well, so that all other tests run.
set -uo pipefail
cd "$(dirname "$0")/.."
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    if command -v "$name" >/dev/null; then exit 0; fi
done
playwright=.venv/bin/playwright
found() {
    .venv/bin/python -c 'import pathlib, sys; from playwright.sync_api import sync_playwright
with sync_playwright() as p: sys.exit(not pathlib.Path(p.chromium.executable_path).exists())' 2>/dev/null
}
if found; then exit 0; fi
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing a browser for the tests: Debian's package chromium"
    if { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium; } >"$log" 2>&1 &&
        command -v chromium >/dev/null; then exit 0; fi
    tail -n 3 "$log" >&2
fi
echo "installing a browser for the tests: Playwright's Chromium"
if timeout 300 "$playwright" install chromium >"$log" 2>&1 && found; then exit 0; fi
tail -n 3 "$log" >&2
echo "no browser could be installed: the tests of the dashboard in a browser skip. As root on Debian:" \
    "apt-get install chromium; elsewhere install Chromium or Chrome so that it is on PATH" >&2
exit 0
