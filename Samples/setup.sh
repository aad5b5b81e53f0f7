# Sets up a Debian, an Ubuntu or a Mac that has only the Swift toolchain, and builds.
# Sourced by Samples/quickstart.sh and Tests/run.sh, from the project's folder; does nothing by itself.

# One build serves tests, benchmarks and quickstart; with other flags, or without the tests, much of it is built again each time.
build_flags=(-c release --build-tests -Xswiftc -enable-testing)

build_packages=(libsqlite3-dev libreadline-dev libpq-dev zlib1g-dev)
test_packages=(haproxy openssl postgresql python3-cryptography python3-jsonschema)

step() { printf '==> %s\n' "$*"; }
complain() { printf '%s\n' "$*" >&2; }

# Looks for what the package brings, not for the package: it may have come another way.
is_present() {
    case $1 in
    libsqlite3-dev) has_header sqlite3.h ;;
    libreadline-dev) has_header readline/readline.h ;;
    libpq-dev) has_header libpq-fe.h || has_header postgresql/libpq-fe.h ;;
    zlib1g-dev) has_header zlib.h ;;
    # Its folder is not in every user's PATH.
    haproxy) [ -x /usr/sbin/haproxy ] || command -v haproxy >/dev/null ;;
    openssl) command -v openssl >/dev/null ;;
    postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || command -v initdb >/dev/null ;;
    python3-*) has_python_module "${1#python3-}" ;;
    *) return 1 ;;
    esac
}

has_header() {
    local folder
    for folder in /usr/include /usr/include/*-linux-gnu /usr/local/include /opt/homebrew/include /opt/homebrew/opt/*/include \
        /usr/local/opt/*/include /Library/Developer/CommandLineTools/SDKs/MacOSX.sdk/usr/include; do
        [ -f "$folder/$1" ] && return
    done
    return 1
}

# The system's own Python, not one that stands before it in PATH: the packages above belong to it.
has_python_module() {
    /usr/bin/python3 -c 'import importlib.util, sys; sys.exit(importlib.util.find_spec(sys.argv[1]) is None)' "$1" 2>/dev/null
}

# Installs those of the packages that are missing. Touches no network when there are none. Root is not asked; others are asked
# before sudo is used; where nobody can be asked, the command is printed and the answer is no.
install_missing() {
    local package missing=()
    for package in "$@"; do
        is_present "$package" || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    step "Missing: ${missing[*]}"

    if ! command -v apt-get >/dev/null; then
        explain_other_system "${missing[@]}"
        return 1
    fi
    local sudo=()
    if [ "$(id -u)" != 0 ]; then
        may_use_sudo || {
            complain "Nothing was changed. To install what is missing:"
            complain "sudo apt-get update && sudo apt-get install -y ${missing[*]}"
            return 1
        }
        sudo=(sudo)
    fi
    step "Installing with apt-get"
    "${sudo[@]+"${sudo[@]}"}" apt-get update -q </dev/null &&
        "${sudo[@]+"${sudo[@]}"}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y "${missing[@]}" </dev/null || {
        complain "apt-get failed; see its messages above. Nothing of the project was changed; run this again when they are settled."
        return 1
    }
}

may_use_sudo() {
    [ -t 0 ] && command -v sudo >/dev/null || return 1
    local answer
    read -r -p "Install them now with sudo apt-get? [y/N] " answer
    [[ $answer == [yY]* ]]
}

explain_other_system() {
    complain "Nothing was changed."
    if [ "$(uname)" = Darwin ]; then
        complain "To install what is missing: brew install readline libpq postgresql haproxy"
        complain "For Python: /usr/bin/python3 -m pip install --user cryptography jsonschema"
    else
        complain "This system has no apt-get; install what corresponds to: $*"
    fi
}

require_swift() {
    command -v swift >/dev/null && return
    complain "There is no 'swift' in PATH. Install the Swift toolchain from https://www.swift.org/install and run this again."
    return 1
}

# Nothing happens when all is built; the first time it takes some minutes. Sets `products`, the folder of the executables.
build() {
    step "Building (release); some minutes the first time"
    # SwiftPM writes the traits of a package as compiler options in the order of a hash table; in another order next time, the package and
    # all that rests on it would be built again.
    SWIFT_DETERMINISTIC_HASHING=1 swift build "${build_flags[@]}" </dev/null || {
        complain "The build failed; its messages are above."
        return 1
    }
    products=$(swift build "${build_flags[@]}" --show-bin-path)
}
