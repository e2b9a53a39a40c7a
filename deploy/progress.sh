#!/bin/sh
# Run a command whose words are for a file, and show meanwhile how long it runs, how much it has written and its newest step:
#   progress.sh "installing the packages" .uv/sync.log uv sync
# On a terminal this is one line that changes in place; elsewhere a line at the begin.
set -eu
title=$1 log=$2
shift 2

used() {
  df -Pk . | {
    read -r _
    read -r _ _ blocks _
    echo "$blocks"
  }
}

show() {
  step=
  while IFS= read -r line; do step=$line; done <"$log"
  written=$((($(used) - before) / 1024))
  [ "$written" -ge 0 ] || written=0 # something else was deleted meanwhile
  printf '\r\033[K%s: %s s, %s MB so far  %.60s' "$title" "$seconds" "$written" "$step"
}

before=$(used) seconds=0 status=0
[ -t 1 ] || echo "$title ..."
: >"$log"
"$@" >>"$log" 2>&1 &
child=$!
trap 'kill "$child" 2>/dev/null; exit 130' INT TERM
while [ -t 1 ] && kill -0 "$child" 2>/dev/null; do
  show
  sleep 1
  seconds=$((seconds + 1))
done
wait "$child" || status=$?
if [ -t 1 ]; then
  printf '\r\033[K'
  [ "$status" -ne 0 ] || echo "$title: done in $seconds s"
fi
exit "$status"
