#!/usr/bin/env bash
# Starts the stand-in server where the official image starts mongod, with Cytomine's hooks: the environment for
# backup and restore, and cron. MONGO_INITDB_ROOT_USERNAME and _PASSWORD are taken but open nothing: no accounts yet.
set -euo pipefail

cron_line() { # the vendor's: every night at 00:00 of the container's clock, which is UTC
    printf 'PATH=%s\n' "$PATH"
    printf '0 0 * * * root mkdir -p /data/db/backup && /usr/local/bin/backup >> /data/db/backup/backup.log 2>&1\n'
}

if [ "$1" != standin ]; then
    exec "$@"
fi
if [ "$(id -u)" = 0 ]; then
    # no quoting, as the vendor's: a value with a space or a dollar sign breaks when it is sourced
    (printenv | grep MONGO || true) > /tmp/cytomine.mongo.env
    cron_line > /etc/cron.d/cytomine-backup
    cron || echo "stand-in: cron did not start; backups only by hand" >&2
fi
exec java "-Xmx${STANDIN_HEAP:-1g}" -jar /opt/standin/standin.jar --host 0.0.0.0 --port 27017
