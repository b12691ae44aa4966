#!/bin/sh
# Makes sure that there is a Chromium for the browser tests; prints nothing when it is there.
set -eu

for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null 2>&1; then
        exit 0
    fi
done

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing Chromium for the browser tests (only once)."
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    if apt-get update >"$log" 2>&1 && apt-get install --yes --no-install-recommends chromium >>"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 20 "$log" >&2
fi

echo "The browser tests need Chromium on PATH. Debian, as root: apt-get install chromium. Elsewhere: install chromium or google-chrome." >&2
exit 1
