# Sourced by tests/run: finds, and as root installs, what the tests need from outside Cargo.

# The newest PostgreSQL server's programs; Debian keeps them out of PATH.
postgres_bin() {
    local dir found=
    for dir in /usr/bin $(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V); do
        if [ -x "$dir/initdb" ] && [ -x "$dir/pg_ctl" ]; then found=$dir; fi
    done
    [ -n "$found" ] && echo "$found"
}

# find_python [MINOR]: a Python from 3.11, or 3.MINOR, on that can make a venv (Debian's own can't without python3-venv).
find_python() {
    local python
    for python in python3 python3.{20..11} "${PYENV_ROOT:-${HOME:-}/.pyenv}"/versions/*/bin/python3; do
        "$python" - "${1:-11}" 2>/dev/null <<'PYTHON' && return
import ensurepip, sys, venv
if sys.version_info < (3, int(sys.argv[1])):
    sys.exit(1)
print(sys.executable)
PYTHON
    done
    return 1
}

# Registries and locks fail now and then: one more try, not more.
twice() {
    "$@" || { echo "Failed, once more in 10 s: $*" >&2; sleep 10; "$@"; }
}

apt_get() {
    DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

# install_packages WITH_POSTGRES: Debian packages, only those whose programs aren't there.
install_packages() {
    local missing=()
    # For the bundled SQLite; for libpq's OpenSSL Perl and make too.
    command -v cc >/dev/null && command -v make >/dev/null || missing+=(build-essential)
    command -v perl >/dev/null || missing+=(perl)
    command -v openssl >/dev/null || missing+=(openssl)
    # What the API's page has people type.
    command -v curl >/dev/null || missing+=(curl)
    command -v jq >/dev/null || missing+=(jq)
    # Without a font, Chromium draws no text.
    command -v chromium >/dev/null || missing+=(chromium fonts-liberation)
    command -v chromedriver >/dev/null || missing+=(chromium-driver)
    # What stands before both programs where they serve one host.
    command -v nginx >/dev/null || missing+=(nginx)
    # npm fetches axe-core and the HTML checker, and the checker runs on Java.
    command -v npm >/dev/null || missing+=(nodejs npm)
    command -v java >/dev/null || missing+=(default-jre-headless)
    [ "$1" = no ] || postgres_bin >/dev/null || missing+=(postgresql)
    find_python >/dev/null || missing+=(python3 python3-venv)
    [ ${#missing[@]} -gt 0 ] || return 0

    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
        echo "Missing, and installed only as root on Debian: ${missing[*]}" >&2
        echo "Run as root:  apt-get update && apt-get install ${missing[*]}" >&2
        return 1
    fi
    echo "Installing Debian packages: ${missing[*]}"
    # One package source out of many may be out of reach; whether the packages can be had, the next line tells.
    twice apt_get update || echo "apt-get update failed, going on with the lists there are" >&2
    twice apt_get install -y --no-install-recommends "${missing[@]}"
}

# install_venv FOLDER REQUIREMENTS [MINOR]: made anew when the requirements or the Python change.
install_venv() {
    local venv=$1 requirements=$2 python stamp
    python=$(find_python "${3:-}")
    stamp="$(sha256sum <"$requirements") $("$python" -VV | tr '\n' ' ')"
    # The stamp is written last, so a broken venv has none; a removed Python breaks the venv's link.
    if [ -x "$venv/bin/python" ] && [ "$(cat "$venv/stamp" 2>/dev/null)" = "$stamp" ]; then return 0; fi
    echo "Installing Django and the rest of $requirements into $venv ($python)"
    "$python" -m venv --clear "$venv"
    twice "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -r "$requirements"
    printf '%s\n' "$stamp" >"$venv/stamp"
}

# install_npm FOLDER SOURCE: what SOURCE's lock pins, made anew when that changes.
install_npm() {
    local folder=$1 source=$2 stamp
    stamp=$(cat "$source"/package{,-lock}.json | sha256sum)
    # As with the venv, the stamp is written last.
    if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then return 0; fi
    echo "Installing axe-core and the HTML checker of $source into $folder"
    rm -rf "$folder"
    mkdir -p "$folder"
    cp "$source"/package{,-lock}.json "$folder"
    # No scripts of packages: the checker's would download a Java.
    twice npm --prefix "$folder" ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >/dev/null
    printf '%s\n' "$stamp" >"$folder/stamp"
}
