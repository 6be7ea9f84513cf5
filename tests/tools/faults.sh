#!/usr/bin/env bash
# Run by tests/soak faults with a view of the disks of its own: faults.sh PROGRAM
set -euo pipefail
program=$1
disk=$(mktemp -d)
mount -t tmpfs -o size=4m tmpfs "$disk"
cd "$disk"
server=
trap '[ -z "$server" ] || kill "$server"; cd /; umount "$disk" && rmdir "$disk"' EXIT

fail() {
    echo "FAILED: $*" >&2
    exit 1
}

# expect WHAT FOUND WANTED
expect() {
    [ "$2" = "$3" ] || fail "$1: $2 instead of $3"
    echo "$1: $2"
}

status() {
    curl --silent --max-time 20 --output /dev/null --write-out '%{http_code}' "$@"
}

# log_in JAR: the status and Retry-After of a log-in with fresh cookies.
log_in() {
    local token
    rm -f "$1"
    token=$(curl --silent --cookie-jar "$1" "$site/login/" | grep -o 'csrfmiddlewaretoken" value="[^"]*' | cut -d'"' -f3)
    curl --silent --max-time 20 --cookie "$1" --cookie-jar "$1" --output /dev/null \
        --write-out '%{http_code} %header{retry-after}' \
        --data-urlencode "csrfmiddlewaretoken=$token" --data "username=root&password=$DJANGO_SUPERUSER_PASSWORD" "$site/login/"
}

jars=$(mktemp -d)
VESTIBULE_SECRET_KEY=$(head -c 48 /dev/urandom | base64)
DJANGO_SUPERUSER_PASSWORD=$(head -c 12 /dev/urandom | base64)
export VESTIBULE_SECRET_KEY DJANGO_SUPERUSER_PASSWORD
"$program" createsuperuser --noinput --username root >/dev/null 2>&1
coproc "$program" serve --bind 127.0.0.1:0 2>"$jars/log"
server=$COPROC_PID
read -r line <&"${COPROC[0]}"
site=$(grep -o 'http://[^ ]*' <<<"$line")
site=${site%/}

expect "log-in" "$(log_in "$jars/inside")" "302 "
dd if=/dev/zero of=fill bs=4k 2>/dev/null || true
for _ in 1 2 3 4 5; do
    expect "log-in, disk full" "$(log_in "$jars/outside")" "503 5"
done
! grep -q sessionid "$jars/outside" || fail "a session without a row"
expect "page of who is inside, disk full" "$(status --cookie "$jars/inside" "$site/dashboard/")" 200
expect "healthz, disk full" "$(status "$site/healthz")" 200
rm fill
expect "log-in, room again" "$(log_in "$jars/outside")" "302 "
expect "page, room again" "$(status --cookie "$jars/outside" "$site/dashboard/")" 200
kill "$server"
wait "$server"
server=

mount -o remount,ro "$disk"
if "$program" serve --bind 127.0.0.1:0 2>"$jars/log"; then fail "it serves what it can't write"; fi
grep -q 'vestibule.sqlite3' "$jars/log" || fail "no word of the file"
echo "start, disk read-only: $(cat "$jars/log")"
mount -o remount,rw "$disk"
