#!/bin/sh
# Installs what is missing of the named Debian packages, and nothing that is there.
# A name with an equals sign, command=package[,package…], asks for the packages only when the command is missing.
set -eu

if ! command -v dpkg >/dev/null 2>&1; then
    echo "This is not Debian; what Signet needs, by its Debian names: $*" >&2
    exit 0
fi

missing=""
for wanted in "$@"; do
    case "$wanted" in
        *=*)
            command -v "${wanted%%=*}" >/dev/null 2>&1 || missing="$missing $(echo "${wanted#*=}" | tr ',' ' ')"
            ;;
        *)
            status=$(dpkg-query --show --showformat='${db:Status-Status}' "$wanted" 2>/dev/null || true)
            [ "$status" = installed ] || missing="$missing $wanted"
            ;;
    esac
done
missing=$(echo $missing | tr ' ' '\n' | sort -u | tr '\n' ' ' | sed 's/ $//')
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=""
elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
    as_root="sudo"
else
    echo "Some packages are missing. Install them, then run make again:" >&2
    echo >&2
    line="apt-get update && apt-get install --no-install-recommends $missing"
    if command -v sudo >/dev/null 2>&1; then
        echo "    sudo sh -c '$line'" >&2
    else
        echo "    su -c '$line'" >&2
    fi
    echo >&2
    exit 1
fi

echo "Installing: $missing"
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of names
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing
