#!/bin/sh
# Prints the path of a Python that Slotwatch can run on, or says what to install and fails.
# Looks at $SLOTWATCH_PYTHON, PATH, pyenv's versions (they are often not on PATH) and uv's, in that order.
set -u

# A candidate counts only if it runs (a pyenv shim may not) and can make a venv (Debian splits that
# off). Free-threaded builds are passed over: half of the wheels don't exist for them.
usable() {
    [ -n "$1" ] && "$1" -c '
import sys, sysconfig
import ensurepip, venv
sys.exit(sys.version_info < (3, 12) or bool(sysconfig.get_config_var("Py_GIL_DISABLED")))
' >/dev/null 2>&1
}

answer() {
    if usable "$1"; then
        printf '%s\n' "$1"
        exit 0
    fi
}

if [ -n "${SLOTWATCH_PYTHON:-}" ]; then
    answer "$SLOTWATCH_PYTHON"
    echo "SLOTWATCH_PYTHON is $SLOTWATCH_PYTHON, which is no Python 3.12 or newer with venv. Write the path of one, or unset it." >&2
    exit 1
fi

for name in python3 python3.12 python3.13 python3.14; do
    answer "$(command -v "$name" 2>/dev/null)"
done

for root in "${PYENV_ROOT:-}" "${HOME:-}/.pyenv"; do
    [ -n "$root" ] || continue
    for version in 3.12 3.13 3.14; do
        for python in "$root/versions/$version"*/bin/python3; do
            answer "$python"
        done
    done
done

if command -v uv >/dev/null 2>&1; then
    answer "$(uv python find --system --no-project '>=3.12' 2>/dev/null)"
fi

echo "No Python 3.12 or newer with venv was found on PATH, under pyenv or through uv." >&2
echo "Install one (Debian, Ubuntu: python3 and python3-venv; pyenv: pyenv install 3.12; uv: uv python install 3.12), or set SLOTWATCH_PYTHON to its path." >&2
exit 1
