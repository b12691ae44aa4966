#!/bin/sh
# Makes .venv and puts a requirement set into it: `scripts/install.sh base` or `… dev`.
# A second run with nothing changed does nothing; a broken or half-made .venv is made anew.
set -eu
cd "$(dirname "$0")/.."

set_name=$1
venv=.venv
python=$venv/bin/python

fingerprint() { cksum <"requirements/$1.txt"; }
# dev holds all of base, so base is there when either was installed.
installed() {
    [ "$(cat "$venv/installed-$1" 2>/dev/null)" = "$(fingerprint "$1")" ] && "$python" -c 'import django' >/dev/null 2>&1
}
sound() { "$python" -c 'import sys, pip; sys.exit(sys.version_info < (3, 12))' >/dev/null 2>&1; }

fill() {
    PIP_USER=0 "$python" -m pip install --quiet --quiet --disable-pip-version-check --no-input \
        --require-hashes --requirement "requirements/$set_name.txt"
}

make_venv() {
    interpreter=$(sh scripts/find-python.sh)
    rm -rf "$venv"
    echo "Making $venv with $("$interpreter" --version)."
    "$interpreter" -m venv "$venv"
}

if installed "$set_name"; then
    exit 0
fi

fresh=no
if ! sound; then
    make_venv
    fresh=yes
fi
rm -f "$venv/installed-$set_name"
echo "Installing requirements/$set_name.txt (about a minute, only once)."
if ! fill; then
    [ "$fresh" = no ] || exit 1
    echo "That failed; trying once more in a new $venv."
    make_venv
    fill
fi
fingerprint "$set_name" >"$venv/installed-$set_name"
if [ "$set_name" = dev ]; then
    fingerprint base >"$venv/installed-base"
fi
