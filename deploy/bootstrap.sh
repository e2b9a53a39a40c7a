#!/usr/bin/env bash
# Make a fresh Debian 12+ or Ubuntu 22.04+ server ready for Quorum and start it. Run as root in the checkout; running it again
# changes nothing that is already so. docs/operations.md explains each step.
set -euo pipefail

here=$(cd "$(dirname "$0")/.." && pwd)

say() { printf '\n== %s\n' "$*"; }

require_root_and_apt() {
    if [ "$(id -u)" -ne 0 ]; then
        echo "bootstrap: run it as root: sudo $0" >&2
        exit 2
    fi
    if ! command -v apt-get >/dev/null; then
        echo "bootstrap: expected Debian or Ubuntu (apt-get is missing)" >&2
        exit 2
    fi
}

install_packages() {
    say "packages"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -q
    apt-get install -yq --no-install-recommends ca-certificates curl git ufw unattended-upgrades
}

# Docker's own packages: `start_interval` needs engine 25 and `!reset` Compose 2.24, which those of many distributions are not.
install_docker() {
    if command -v docker >/dev/null; then
        require_docker
        return
    fi
    say "Docker"
    # shellcheck source=/dev/null
    . /etc/os-release
    install -d -m 0755 /etc/apt/keyrings
    curl -fsSL "https://download.docker.com/linux/$ID/gpg" -o /etc/apt/keyrings/docker.asc
    echo "deb [arch=$(dpkg --print-architecture) signed-by=/etc/apt/keyrings/docker.asc]" \
        "https://download.docker.com/linux/$ID $VERSION_CODENAME stable" >/etc/apt/sources.list.d/docker.list
    apt-get update -q
    apt-get install -yq docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin
    systemctl enable --now docker
    require_docker
}

# A Docker that is here already is not replaced without a question: other things may run in it.
require_docker() {
    require_version "Docker engine" 25.0 "$(docker version --format '{{.Server.Version}}' 2>/dev/null || true)"
    require_version "Docker Compose" 2.24 "$(docker compose version --short 2>/dev/null || true)"
}

require_version() {
    name=$1 needed=$2 found=${3#v}
    if [ -z "$found" ]; then
        echo "bootstrap: $name does not answer; $needed or newer is needed: https://docs.docker.com/engine/install/" >&2
        exit 2
    fi
    if [ "$(printf '%s\n%s\n' "$needed" "$found" | sort --version-sort | head -n 1)" != "$needed" ]; then
        echo "bootstrap: $name is $found; $needed or newer is needed: https://docs.docker.com/engine/install/" >&2
        exit 2
    fi
}

# SSH stays reachable on every port that sshd listens on; nothing else comes in.
raise_firewall() {
    say "firewall"
    ufw default deny incoming
    ufw default allow outgoing
    ports=$(sshd -T 2>/dev/null | awk '$1 == "port" { print $2 }' | sort -u)
    for port in ${ports:-22}; do
        ufw limit "$port/tcp"
    done
    ufw --force enable
}

upgrade_unattended() {
    say "unattended upgrades"
    cat >/etc/apt/apt.conf.d/20auto-upgrades <<'CONF'
APT::Periodic::Update-Package-Lists "1";
APT::Periodic::Unattended-Upgrade "1";
CONF
}

# Two gigabytes of swap, so that building the image fits beside a running desk.
add_swap() {
    if [ -n "$(swapon --noheadings --show)" ]; then
        return
    fi
    say "swap"
    fallocate -l 2G /swapfile
    chmod 600 /swapfile
    mkswap /swapfile >/dev/null
    swapon /swapfile
    grep -q '^/swapfile ' /etc/fstab || echo '/swapfile none swap sw 0 0' >>/etc/fstab
}

write_env() {
    say ".env"
    docker build --quiet --tag quorum:0.1.0 "$here"
    owner=$(stat -c '%u:%g' "$here")
    docker run --rm --user "$owner" --volume "$here:/checkout" quorum:0.1.0 quorum init /checkout/.env
}

install_backup_timer() {
    say "backup timer"
    for unit in quorum-backup.service quorum-backup.timer; do
        sed "s|@CHECKOUT@|$here|g" "$here/deploy/$unit" >"/etc/systemd/system/$unit"
    done
    systemctl daemon-reload
    systemctl enable --now quorum-backup.timer
}

start() {
    say "start"
    cd "$here"
    docker compose up --detach
    docker compose ps
}

main() {
    require_root_and_apt
    install_packages
    install_docker
    raise_firewall
    upgrade_unattended
    add_swap
    write_env
    install_backup_timer
    start
    say "done: put TELEGRAM_BOT_TOKEN and TELEGRAM_CHAT_IDS into $here/.env, then: docker compose up -d"
}

# A test reads the functions alone.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    main
fi
