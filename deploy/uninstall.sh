#!/usr/bin/env bash
# Take the desk off a server: containers, images, networks, the backup timer. Data, backups and .env stay; with --data they go too.
set -euo pipefail

cd "$(dirname "$0")/.."

if [ "${1:-}" != "" ] && [ "$1" != "--data" ]; then
    echo "uninstall: expected nothing or --data, got $1" >&2
    exit 2
fi
docker compose --file docker-compose.yml --file docker-compose.scale.yml --profile '*' down --rmi all --remove-orphans
systemctl disable --now quorum-backup.timer || true
rm -f /etc/systemd/system/quorum-backup.service /etc/systemd/system/quorum-backup.timer
systemctl daemon-reload
if [ "${1:-}" = "--data" ]; then
    data=$(sed -n 's/^DATA_DIR=//p' .env 2>/dev/null | tail -n 1)
    rm -rf "${data:-data}/compose" .env
    echo "removed data, backups and .env"
else
    echo "data, backups and .env are left; --data removes them"
fi
