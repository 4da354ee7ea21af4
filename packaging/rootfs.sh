#!/bin/sh
# Collects what the signet program needs to run and to trust, and nothing else, into a folder: packaging/rootfs.sh PROGRAM FOLDER
set -eu

program=$1
root=$2
mkdir -p "$root/data" "$root/etc"
install -m 0755 "$program" "$root/signet"

# Each library at the path where the loader looks for it; the loader itself stands in the list too.
ldd "$program" | grep --only-matching '/[^ ]*' | while read -r library; do
    install -D -m 0755 "$library" "$root$library"
done

# The authorities that what Signet fetches from others (jwks_uri and the like) is trusted by.
install -D -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"

echo 'signet:x:65532:65532::/data:/nonexistent' >"$root/etc/passwd"
echo 'signet:x:65532:' >"$root/etc/group"
