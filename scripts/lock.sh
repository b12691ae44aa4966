#!/bin/sh
# Makes requirements/*.txt from *.in and package-lock.json from package.json: exact versions with
# hashes, for every supported Python and platform, and no registry's address.
set -eu
cd "$(dirname "$0")/.."

for set_name in base fleet dev; do
    .venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header "$@" \
        "requirements/$set_name.in" --output-file "requirements/$set_name.txt"
done
npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error
