#!/usr/bin/env bash
# Bring a server's desk to the newest version of the checkout: fetch, build, back up, start, verify. When the new version does not
# work, the old one comes back with the backup. Market data is collected until the moment of the start.
set -euo pipefail

cd "$(dirname "$0")/.."
image=quorum:0.1.0
tries=${TRIES:-20} pause=${PAUSE:-15}
backup=/data/backups/before-upgrade-$(date -u +%Y%m%d-%H%M%S).dump

say() { printf '\n== %s\n' "$*"; }

# Up to five minutes: n8n starts slowly, and its workflows are deployed after that.
verified() {
    docker compose up --detach || return 1
    for ((try = 1; try <= tries; try++)); do
        docker compose run --rm tools quorum doctor --parts && return 0
        sleep "$pause"
    done
    return 1
}

roll_back() {
    say "the new version does not work here: back to $old"
    git checkout --quiet "$old"
    docker tag "$image-before" "$image"
    docker compose stop functions collector n8n
    docker compose run --rm tools quorum restore "$backup" --yes
    docker compose up --detach --no-build
    echo "upgrade: the desk is as it was at $old" >&2
    exit 1
}

old=$(git rev-parse HEAD)
say "fetch"
git pull --ff-only
say "build"
docker tag "$image" "$image-before"
docker compose build
say "backup"
docker compose run --rm tools quorum backup "$backup"
say "start and verify"
verified || roll_back
say "upgraded to $(git rev-parse --short HEAD); the backup before it: $backup"
