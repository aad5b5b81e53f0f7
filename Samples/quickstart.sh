#!/usr/bin/env bash
# The main job from end to end on this machine: sets up, builds, then runs a centre and two stations on 2,400 real-looking cards.
# Installs what is missing (asks before it uses sudo); needs no network when all is there. Leaves nothing running.
#
# FIELD_ENTRY_PRODUCTS names a folder with `central` and `fieldentry` built already; then nothing is installed or built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Samples/setup.sh

products=${FIELD_ENTRY_PRODUCTS:-}
if [ -z "$products" ]; then
    require_swift || exit 1
    install_missing "${build_packages[@]}" || exit 1
    build || exit 1
fi

# --- The demonstration begins here; "$products" holds the executables. ---
started=$SECONDS
folder=$(mktemp -d "${TMPDIR:-/tmp}/field-entry.XXXXXX")
server=
clean_up() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$folder"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

client=brightfizz
promotion=brightfizz-summer
fail() {
    echo "quickstart FAILED: $*" >&2
    exit 1
}
central() { "$products/central" "$@" --data "$folder/centre"; }
first() { "$products/fieldentry" "$folder/first.fieldentry" --operator Ann "$@"; }
second() { "$products/fieldentry" "$folder/second.fieldentry" --operator Bo "$@"; }
expect() { # WHAT ACTUAL WANTED
    [ "$2" = "$3" ] || fail "$1: \"$2\", not \"$3\""
    echo "    $1: $2"
}
# One text out of a JSON line that the programs print.
value_of() { sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1; }
count_of() { grep -o "$1" | wc -l | tr -d ' ' || true; }

step "A centre with one client and its promotion"
mkdir "$folder/centre"
"$products/central" serve --data "$folder/centre" --listen 127.0.0.1:0 >"$folder/serve.log" 2>"$folder/serve.errors" &
server=$!
for _ in $(seq 100); do
    grep -q 'listens on' "$folder/serve.log" && break
    kill -0 "$server" 2>/dev/null || fail "central did not start: $(cat "$folder/serve.errors")"
    sleep 0.05
done
cat "$folder/serve.log"
central client add "$client"
central promotion put "Samples/promotions/$promotion.json" --client "$client"

step "Two stations enrol with one-time codes"
for name in first second; do
    code=$(central station invite --client "$client" --name "$name" --promotion "$promotion" 2>/dev/null)
    "$products/fieldentry" "$folder/$name.fieldentry" --enrol "$code" -c quit
done

step "2,400 cards are imported at the first, with no network needed, and synced to the second"
first -c "use $promotion" -c 'import Samples/cards.csv'
first -c sync
second -c sync
expect "entries at the second station" "$(second --json -c status | value_of entries)" 2400

step "Both edit the same entries while apart"
ids=()
while IFS= read -r id; do ids+=("$id"); done < <(
    first --json -c "use $promotion" -c 'list --batch MB-0002 --limit 8' | grep -o '"id":"[^"]*"' | cut -d '"' -f 4)
fields=${ids[0]} field=${ids[1]} void=${ids[2]} consent=${ids[3]}
first -c "edit $fields street='1 First Street'" -c "edit $field family_name=Marlowe" -c "void $void --reason duplicate" \
    -c "edit $consent client_opt_in=" -c "edit $consent client_opt_in=yes" >/dev/null
second -c "edit $fields unit='Apt 2'" -c "edit $field family_name=Harlow" -c "edit $void phone=312-555-0188" \
    -c "edit $consent client_opt_in=" -c "edit $consent client_opt_in=no" >/dev/null
first -c sync
second -c sync
first -c sync

step "What they did apart: different fields merged, the rest waits for a person with both values"
first -c conflicts
shown=$(first --json -c "show $fields")
expect "street from the first" "$(value_of street <<<"$shown")" "1 First Street"
expect "unit from the second" "$(value_of unit <<<"$shown")" "Apt 2"
expect "conflicts at the first" "$(first --json -c status | value_of conflicts)" 3
expect "conflicts at the second" "$(second --json -c status | value_of conflicts)" 3
expect "conflicts at the centre" "$(central conflict list --client "$client" --json | count_of '"heads":')" 3
expect "shown of yes against no meanwhile" "$(first --json -c "show $consent" | value_of client_opt_in)" false

step "One is settled at each station and one at the centre"
first -c "resolve $field family_name --take 1"
second -c "resolve $void \$void --keep"
central conflict resolve "$consent" client_opt_in --value no --client "$client"
first -c sync
second -c sync
first -c sync
expect "conflicts left at the first" "$(first --json -c status | value_of conflicts)" 0
expect "conflicts left at the second" "$(second --json -c status | value_of conflicts)" 0
expect "conflicts left at the centre" "$(central conflict list --client "$client" --json | count_of '"heads":')" 0

step "All three hold the same heads: the comparison digest of each"
digest() { "$@" | grep -o '"digest":"[0-9a-f]*"' | tail -n 1 | cut -d '"' -f 4; }
one=$(digest first --json -c 'status --digests')
two=$(digest second --json -c 'status --digests')
three=$(digest central status --client "$client" --digests --json)
printf '    %-14s %s\n' 'first station' "$one" 'second station' "$two" 'centre' "$three"
[ -n "$one" ] && [ "$one" = "$two" ] && [ "$two" = "$three" ] || fail "the digests differ"
expect "entries of 2,400 cards" "$(first --json -c status | value_of entries)" 2400
expect "unsent at both stations" "$(first --json -c status | value_of unsent)$(second --json -c status | value_of unsent)" 00

kill -TERM "$server"
wait "$server" || fail "the server did not stop cleanly"
server=
echo "quickstart passed in $((SECONDS - started)) s: 2,400 cards, two stations, one centre, nothing lost, nothing doubled."
