#!/bin/sh
# Makes requirements/*.txt from *.in and package-lock.json from package.json: exact versions with
# hashes, for every supported Python and platform, and no registry's address.
set -eu
cd "$(dirname "$0")/.."

# Each set holds the one before it, in the same versions; peer is a set of its own, and has what it
# shares with the others in theirs.
constraint=
for set_name in base fleet dev peer; do
    # shellcheck disable=SC2086 # two words, or none
    .venv/bin/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes \
        --no-emit-index-url --no-annotate --no-header "$@" \
        $constraint "requirements/$set_name.in" --output-file "requirements/$set_name.txt"
    constraint="--constraint requirements/$set_name.txt"
done
npm install --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --no-audit --no-fund --loglevel=error
