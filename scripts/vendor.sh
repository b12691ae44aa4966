#!/bin/sh
# Puts the browser's libraries into .vendor/static/vendor, from their packages: nothing third-party
# lies in the repository. Without npm Plotly comes from its Python package (whole instead of basic:
# larger and slower to start), and Idiomorph is left out, so that pages swap instead of morphing.
set -eu
cd "$(dirname "$0")/.."

served=.vendor/static/vendor
stamp=.vendor/stamp
lock=$(cksum <package-lock.json)

if [ "$(cat "$stamp" 2>/dev/null)" = "npm $lock" ]; then
    exit 0
fi
mkdir -p "$served"

from_npm() {
    command -v npm >/dev/null 2>&1 || return 1
    mkdir -p .vendor/npm
    cp package.json package-lock.json .vendor/npm/
    (cd .vendor/npm && npm ci --ignore-scripts --no-audit --no-fund --fetch-retries=1 --loglevel=error) >.vendor/npm.log 2>&1 || return 1
    cp .vendor/npm/node_modules/plotly.js-basic-dist-min/plotly-basic.min.js "$served/"
    cp .vendor/npm/node_modules/idiomorph/dist/idiomorph-ext.min.js "$served/"
}

if from_npm; then
    echo "npm $lock" >"$stamp"
    exit 0
fi

# Not a final state: a later run, with npm there, replaces it.
if [ "$(cat "$stamp" 2>/dev/null)" = "wheel $lock" ]; then
    exit 0
fi
package_data=$(.venv/bin/python -c 'import pathlib, plotly; print(pathlib.Path(plotly.__file__).parent / "package_data")')
cp "$package_data/plotly.min.js" "$served/plotly-basic.min.js"
echo "// Left out: npm was not there at set-up. Pages swap instead of morphing." >"$served/idiomorph-ext.min.js"
echo "wheel $lock" >"$stamp"
echo "npm is missing or failed (.vendor/npm.log): Plotly's whole bundle is served instead of the basic one, and pages swap instead of morphing."
