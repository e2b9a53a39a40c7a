#!/usr/bin/env bash
# Back up the database and drop backups older than KEEP_DAYS; quorum-backup.timer runs it each night.
set -euo pipefail

cd "$(dirname "$0")/.."
keep_days=${KEEP_DAYS:-14}

docker compose run --rm --quiet-pull tools quorum backup
# Only after a new one was written: a desk that cannot be backed up keeps its old backups.
docker compose run --rm tools find /data/backups -name 'quorum-*.dump' -mtime "+$keep_days" -delete
