#!/bin/sh
# Makes .venv and puts a requirement set into it: `scripts/install.sh base`, `… fleet`
# (base, and what watching a pynenc app needs) or `… dev`.
# A second run with nothing changed does nothing; a broken or half-made .venv is made anew.
set -eu
cd "$(dirname "$0")/.."

set_name=$1
venv=.venv
python=$venv/bin/python

fingerprint() { cksum <"requirements/$1.txt"; }
# dev holds all of fleet, and fleet all of base: what is held is there as well.
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

if installed "$set_name" || installed dev; then
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
case $set_name in
dev) held="base fleet" ;;
fleet) held=base ;;
*) held= ;;
esac
for each in $held; do
    fingerprint "$each" >"$venv/installed-$each"
done
