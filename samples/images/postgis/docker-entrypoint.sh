#!/usr/bin/env bash
# Starts PostgreSQL as the official image does: the first start makes the cluster with a server that
# listens on no address, every start then runs the final one. Cytomine's hooks are kept: the environment
# for backup and restore, cron, and the databases checked at each start.
set -Eeuo pipefail

cron_line() { # the vendor's: every night at 00:00 of the container's clock, which is UTC
    printf 'PATH=%s\nPGDATA=%s\n' "$PATH" "$PGDATA"
    # the folder is made here: initdb refuses a PGDATA that already holds one
    printf '0 0 * * * root mkdir -p %s/backup && /usr/local/bin/backup >> %s/backup/backup.log 2>&1\n' \
        "$PGDATA" "$PGDATA"
}

prepare_as_root() {
    mkdir -p "$PGDATA"
    chown -R postgres:postgres "$PGDATA"
    chmod 0700 "$PGDATA"
    # no quoting, as the vendor's: a value with a space or a dollar sign breaks when it is sourced
    (printenv | grep POSTGRES || true) > /tmp/cytomine.postgis.env
    cron_line > /etc/cron.d/cytomine-backup
    cron || echo "stand-in: cron did not start; backups only by hand" >&2
}

make_cluster() {
    if [ -z "${POSTGRES_PASSWORD:-}" ]; then
        echo "stand-in: POSTGRES_PASSWORD is not set; give it with -e POSTGRES_PASSWORD=..." >&2
        exit 1
    fi
    # shellcheck disable=SC2086  # several arguments in one variable, as the official image takes them
    initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") ${POSTGRES_INITDB_ARGS:-}
    # the official image's rules: initdb's own trust for sockets and loopback, a password for everyone else
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >> "$PGDATA/pg_hba.conf"
    printf "\nlisten_addresses = '*'\n" >> "$PGDATA/postgresql.conf"

    pg_ctl --silent -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
    databases new
    pg_ctl --silent -D "$PGDATA" -m fast -w stop
}

check_databases_later() {
    until pg_isready --quiet --host=127.0.0.1 --port=5432; do sleep 0.5; done
    databases check || echo "stand-in: the check of the databases failed" >&2
}

main() {
    if [ "${1:0:1}" = '-' ]; then
        set -- postgres "$@"
    fi
    export POSTGRES_USER="${POSTGRES_USER:-postgres}"
    export POSTGRES_DB="${POSTGRES_DB:-$POSTGRES_USER}"
    if [ "$1" != postgres ]; then
        exec "$@"
    fi
    if [ "$(id -u)" = 0 ]; then
        prepare_as_root
        exec setpriv --reuid=postgres --regid=postgres --init-groups -- "$0" "$@"
    fi
    if [ ! -s "$PGDATA/PG_VERSION" ]; then
        make_cluster
    fi
    check_databases_later &
    exec "$@"
}

main "$@"
