#!/usr/bin/env bash
# Builds once and runs the tests. Installs what is missing (asks before it uses sudo); needs no network when all is there.
#
#   Tests/run.sh                              all tests
#   Tests/run.sh filter REGEX                 the tests whose names match, such as 'EntryModelTests' or 'GzipTests/limit'
#   Tests/run.sh simulate --seeds N [--first S]
#       the simulation only, with N seeds instead of 1,000, from S on (else from 1); --seeds 1 --first SEED repeats one that failed
#
# As root the tests run as the user `fieldentry-tests`, because PostgreSQL refuses root and because root may read and write anything.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
. Samples/setup.sh

test_user=fieldentry-tests
filter=()
complain_usage() {
    complain "usage: Tests/run.sh [filter REGEX | simulate --seeds N [--first S]]"
    exit 2
}
case ${1:-} in
'') ;;
filter)
    [ $# = 2 ] || complain_usage
    filter=(--filter "$2")
    ;;
simulate)
    shift
    while [ $# -gt 0 ]; do
        [[ ${2:-} =~ ^[1-9][0-9]{0,8}$ ]] || complain_usage
        case $1 in
        --seeds) export SIMULATION_SEEDS=$2 ;;
        --first) export SIMULATION_FIRST=$2 ;;
        *) complain_usage ;;
        esac
        shift 2
    done
    [ -n "${SIMULATION_SEEDS:-}" ] || complain_usage
    filter=(--filter SimulationRunTests/manySeeds)
    ;;
*) complain_usage ;;
esac

folder=
database=
clean_up() {
    [ -z "$database" ] || stop_postgres
    [ -z "$folder" ] || rm -rf "$folder"
}
trap clean_up EXIT

finish() { # CODE LINE
    echo "$2"
    exit "$1"
}

# What the tests' user may not read where it is, it gets as a copy: a checkout or a toolchain in root's own folder, say.
# Sets `bundle`, and in `as_user` what makes another user run it.
prepare_user() {
    id -u "$test_user" >/dev/null 2>&1 || {
        step "Adding the user $test_user"
        useradd --system --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin "$test_user"
    }
    folder=$(mktemp -d /tmp/fieldentry-tests.XXXXXX)
    chmod 755 "$folder"
    install -d -m 700 -o "$test_user" -g "$(id -gn "$test_user")" "$folder/home" "$folder/tmp"
    as_user=(runuser -u "$test_user" -- env -u XDG_RUNTIME_DIR -u XDG_CONFIG_HOME
        HOME="$folder/home" TMPDIR="$folder/tmp" USER="$test_user" LOGNAME="$test_user")

    local place=$PWD libraries
    if ! user_may_read; then
        step "User $test_user may not read $PWD: the tests run from a copy in $folder"
        copy_checkout
        as_user+=(FIELD_ENTRY_ROOT="$folder/checkout")
        place=$folder/checkout
        bundle=$folder/checkout/.build/release/${bundle##*/}
    fi
    libraries=$("${as_user[@]}" ldd "$bundle" | awk '/not found/ { print $1 }')
    if [ -n "$libraries" ]; then
        step "User $test_user may not read the toolchain: the tests run with a copy of its libraries"
        install -d -m 755 "$folder/lib"
        ldd "$bundle" | awk '$2 == "=>" && $3 ~ "^/" { print $3 }' | grep -Ev '^/(usr/)?lib' | xargs -I{} cp -L {} "$folder/lib/"
        chmod -R a+rX "$folder/lib"
        as_user+=(LD_LIBRARY_PATH="$folder/lib")
    fi
    # Nobody can start a program from a folder that he may not enter.
    cd "$place"
}

user_may_read() {
    local hidden
    hidden=$("${as_user[@]}" find "$PWD" \( -path "$PWD/.git" -o -path "$PWD/.build" \) -prune -o ! -readable -print -quit 2>&1 &&
        "${as_user[@]}" find "$products/" -maxdepth 1 \( -type f -o -name '*.resources' \) ! -readable -print -quit 2>&1) && [ -z "$hidden" ]
}

copy_checkout() {
    mkdir -p "$folder/checkout/.build/release"
    tar -c --exclude=./.git --exclude=./.build . | tar -x -C "$folder/checkout" --no-same-owner
    find "$products/" -maxdepth 1 \( -type f -perm -u+x -o -name '*.resources' -o -name '*.xctest' \) \
        -exec cp -R {} "$folder/checkout/.build/release/" \;
    chmod -R a+rX "$folder/checkout"
}

# A PostgreSQL server for the tests alone: in a temporary folder, reached through a socket in it, and ended with this script however that ends.
# What it stores need not survive a power cut.
start_postgres() {
    step "Starting PostgreSQL"
    postgres=$(compgen -G '/usr/lib/postgresql/*/bin' | sort -V | tail -1)
    postgres=${postgres:-$(dirname "$(command -v initdb)")}
    database=$(mktemp -d /tmp/fieldentry-postgres.XXXXXX)
    [ "$(id -u)" != 0 ] || chown "$test_user" "$database"
    "${as_user[@]+"${as_user[@]}"}" "$postgres/initdb" -D "$database/data" -U tests -A trust -E UTF8 --no-locale --no-sync >"$database.log" 2>&1 &&
        "${as_user[@]+"${as_user[@]}"}" "$postgres/pg_ctl" -D "$database/data" -w -l "$database/log" \
            -o "-k $database -c listen_addresses= -c fsync=off -c max_connections=300" start >>"$database.log" 2>&1 &&
        "${as_user[@]+"${as_user[@]}"}" "$postgres/createdb" -h "$database" -U tests tests >>"$database.log" 2>&1 || {
        cat "$database.log" "$database/log" 2>/dev/null || true
        finish 1 "Tests FAILED: PostgreSQL did not start"
    }
    export FIELD_ENTRY_TEST_POSTGRES="postgres://tests@/tests?host=$database"
    (
        trap '' INT TERM
        while kill -0 $$ 2>/dev/null; do sleep 1; done
        [ ! -d "$database" ] || stop_postgres
    ) >/dev/null 2>&1 &
}

stop_postgres() {
    "${as_user[@]+"${as_user[@]}"}" "$postgres/pg_ctl" -D "$database/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$database" "$database.log"
}

# Leaves out what swift-testing says of beginnings; such a line has the arguments in it, and so may go on over several.
show_progress() {
    local line beginning=
    while IFS= read -r line; do
        case $line in '◇ '*) beginning=yes ;; esac
        [ -n "$beginning" ] || printf '%s\n' "$line"
        case $line in *started.) beginning= ;; esac
    done
}

require_swift || finish 1 "Tests FAILED: there is no Swift toolchain"
install_missing "${build_packages[@]}" "${test_packages[@]}" || finish 1 "Tests FAILED: packages are missing"
build || finish 1 "Tests FAILED: the build"

bundle=$products/field-entryPackageTests.xctest
as_user=()
# Each test has files, servers and stations of its own: all of them at once would be more than two cores and a user's open files bear.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=6
many_files='ulimit -n 8192 2>/dev/null || ulimit -n "$(ulimit -H -n)"; exec "$@"'
run=(bash -c "$many_files" tests "$bundle" --testing-library swift-testing)
if [ "$(uname)" = Darwin ]; then
    run=(swift test -c release -Xswiftc -enable-testing --skip-build --disable-xctest)
elif [ "$(id -u)" = 0 ]; then
    prepare_user
    run=("${as_user[@]}" bash -c "$many_files" tests "$bundle" --testing-library swift-testing)
fi

[ -n "${SIMULATION_SEEDS:-}" ] || start_postgres

step "Running the tests"
log=$(mktemp)
status=0
NO_COLOR=1 TERM=dumb "${run[@]}" "${filter[@]+"${filter[@]}"}" </dev/null 2>&1 | tee "$log" | show_progress || status=${PIPESTATUS[0]}
summary=$(sed -n 's/.*Test run with \([0-9]* tests*\).* passed after \([0-9.]*\) seconds.*/\1 in \2 s/p' "$log" | tail -1)
rm -f "$log"

if [ -z "$summary" ] || [[ $summary == '0 test'* ]]; then
    [ "$status" != 0 ] || status=1
fi
case $status,$summary in
0,*) finish 0 "All tests passed ($summary)" ;;
*,'0 test'*) finish "$status" "Tests FAILED: no test has that name" ;;
*) finish "$status" "Tests FAILED (exit code $status)" ;;
esac
