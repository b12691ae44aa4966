#!/bin/sh
# Makes sure that the programs are there which tests need and no package index has:
# `scripts/programs.sh chromium-headless-shell nginx`. Prints nothing when they are.
set -eu

# The commands by which each is known, any of them. A program has the name of Debian's package.
commands() {
    case $1 in
    chromium-headless-shell) echo chromium-headless-shell chromium chromium-browser google-chrome ;;
    build-essential) echo cc ;;
    nginx-light) echo nginx /usr/sbin/nginx ;;
    systemd) echo systemd-analyze ;;
    *) echo "$1" ;;
    esac
}

is_there() {
    for command in $(commands "$1"); do
        if command -v "$command" >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

missing=
for program in "$@"; do
    is_there "$program" || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
    echo "Installing what the tests need:$missing (only once)."
    log=$(mktemp)
    export DEBIAN_FRONTEND=noninteractive
    # Debian starts what it installs; nothing of this is wanted here but the program.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy"
        trap 'rm -f "$policy"' EXIT
    fi
    # shellcheck disable=SC2086 # one word a package
    if apt-get update >"$log" 2>&1 && apt-get install --yes --no-install-recommends $missing >>"$log" 2>&1; then
        rm -f "$log"
        exit 0
    fi
    tail -n 20 "$log" >&2
fi

echo "The tests need programs that are not on PATH:$missing. Debian, as root: apt-get install$missing. Elsewhere: install them by their own names." >&2
exit 1
