#!/bin/sh
# Installs what is missing of the named Debian packages, and nothing that is there.
# Daemons among them are neither started now nor at the next boot: tests start their own, on ports of their own.
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
    if command -v sudo >/dev/null 2>&1; then
        echo "    sudo scripts/packages.sh $missing" >&2
    else
        echo "    su -c 'scripts/packages.sh $missing'" >&2
    fi
    echo >&2
    exit 1
fi

# What starts daemons asks policy-rc.d first, with systemd and without; one that is there already is left alone.
install='
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap "rm -f $policy" EXIT
    trap "exit 1" HUP INT TERM
    printf "#!/bin/sh\nexit 101\n" >"$policy"
    chmod 0755 "$policy"
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends "$@"
if command -v systemctl >/dev/null 2>&1; then
    for name in "$@"; do
        systemctl disable --quiet "$name.service" >/dev/null 2>&1 || true
    done
fi
'
echo "Installing: $missing"
# shellcheck disable=SC2086 # a list of names
$as_root env DEBIAN_FRONTEND=noninteractive sh -euc "$install" sh $missing
