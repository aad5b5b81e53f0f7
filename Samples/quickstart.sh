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
