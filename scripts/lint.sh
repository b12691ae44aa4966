#!/bin/sh
# Every linter, all of them even when an early one fails; fails when any of them did.
set -u
cd "$(dirname "$0")/.."

bin=.venv/bin/python
failed=

run() {
    echo "— $*"
    "$bin" -m "$@" || failed="$failed $1"
}

manage() {
    echo "— manage.py $*"
    "$bin" manage.py "$@" || failed="$failed $1"
}

# Production's settings are the defaults; the data directory is one that nobody else uses.
unset DATABASE_URL SLOTWATCH_DEBUG SLOTWATCH_HTTPS SLOTWATCH_SECRET_KEY
SLOTWATCH_DATA_DIR=$(mktemp -d)
export SLOTWATCH_DATA_DIR
trap 'rm -rf "$SLOTWATCH_DATA_DIR"' EXIT

run ruff check --quiet .
run ruff format --check --quiet .
run mypy --no-error-summary
run djlint --check --quiet templates
run djlint --lint --quiet templates

manage makemigrations --check --dry-run
manage check --deploy --fail-level WARNING

if [ -n "$failed" ]; then
    echo "Failed:$failed" >&2
    exit 1
fi
