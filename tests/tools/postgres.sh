# Sourced after install.sh by tests/run: a PostgreSQL cluster of its own that lives as long as the run.

postgres_dir=

# The server refuses to run as root; the Debian package brings the user postgres.
as_postgres() {
    if [ "$(id -u)" = 0 ]; then
        (cd "$postgres_dir" && exec runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

free_port() {
    "$(find_python)" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# Starts the cluster and exports what the tests must know of it. The caller's EXIT trap calls stop_postgres.
start_postgres() {
    local bin port try
    bin=$(postgres_bin)
    postgres_dir=$(mktemp -d "${TMPDIR:-/tmp}/vestibule-postgres.XXXXXX")
    if [ "$(id -u)" = 0 ]; then
        id postgres >/dev/null 2>&1 || useradd --system --no-create-home postgres
        chown postgres: "$postgres_dir"
    fi
    # C.UTF-8 rather than C: upper() and lower() must know more letters than ASCII's, as on real servers.
    as_postgres "$bin/initdb" --pgdata="$postgres_dir/data" --username=postgres --auth=trust \
        --encoding=UTF8 --locale=C.UTF-8 --no-sync --no-instructions >/dev/null
    # A certificate that only the tests trust, for the tests of TLS.
    (cd "$postgres_dir" && openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout server.key -out server.crt 2>/dev/null)
    chmod 600 "$postgres_dir/server.key"
    [ "$(id -u)" != 0 ] || chown postgres: "$postgres_dir"/server.*
    # Nothing here must outlive a power cut, so nothing waits for the disk.
    cat >>"$postgres_dir/data/postgresql.conf" <<CONF
ssl = on
ssl_cert_file = '$postgres_dir/server.crt'
ssl_key_file = '$postgres_dir/server.key'
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 300
fsync = off
synchronous_commit = off
full_page_writes = off
wal_level = minimal
max_wal_senders = 0
log_checkpoints = off
CONF
    # Another program may take the port between the question and the start.
    for try in 1 2 3 4 5; do
        port=$(free_port)
        if as_postgres "$bin/pg_ctl" --pgdata="$postgres_dir/data" --log="$postgres_dir/log" --silent \
            --wait --timeout=60 --options="-p $port" start; then
            export VESTIBULE_TEST_POSTGRES_CERTIFICATE=$postgres_dir/server.crt
            export VESTIBULE_TEST_POSTGRES_BIN=$bin
            export VESTIBULE_TEST_POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
            return 0
        fi
        echo "PostgreSQL did not start on port $port (try $try):" >&2
        tail -n 5 "$postgres_dir/log" >&2 || true
    done
    return 1
}

stop_postgres() {
    [ -n "$postgres_dir" ] || return 0
    if [ -e "$postgres_dir/data/postmaster.pid" ]; then
        as_postgres "$(postgres_bin)/pg_ctl" --pgdata="$postgres_dir/data" --silent --mode=immediate --wait stop || true
    fi
    rm -rf "$postgres_dir"
    postgres_dir=
}
