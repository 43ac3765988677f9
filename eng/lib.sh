# What run.sh and test.sh set up before they start. To be sourced from the repository's root.
# Every problem ends in one sentence on standard error and exit status 1.

stop() {
    echo "$*" >&2
    exit 1
}

# The .NET SDK that global.json asks for.
need_sdk() {
    command -v dotnet >/dev/null || stop "The .NET SDK 10 is missing: install it (https://dotnet.microsoft.com/download) and put dotnet on PATH."
    dotnet --version >/dev/null 2>&1 || stop "dotnet has no SDK that global.json accepts: install the .NET SDK 10 (https://dotnet.microsoft.com/download)."
}

# Packages that this machine's source lacks; the stand-in for Aspire.Hosting that comes with them runs no containers.
need_packages() {
    if [[ -x eng/restricted/ensure.sh ]]; then
        eng/restricted/ensure.sh
    fi
    if [[ -e eng/feed/.complete ]]; then
        export McpSecure__Servers=${McpSecure__Servers:-local}
    fi
}

engine_answers() {
    local engine
    for engine in docker podman; do
        if timeout 10 "$engine" container ls -n 1 >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

missing_servers() {
    command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null || echo postgresql
    command -v redis-server >/dev/null || echo redis-server
}

# The programs of Postgres and Redis, as Debian and Ubuntu package them.
need_installed_servers() {
    local missing
    mapfile -t missing < <(missing_servers)
    ((${#missing[@]})) || return 0

    local remedy="install ${missing[*]} (Debian, Ubuntu: sudo apt-get install ${missing[*]})"
    if [[ $(id -u) != 0 ]] || ! command -v apt-get >/dev/null; then
        stop "Missing: ${missing[*]}. Please $remedy${1:+, or $1}."
    fi

    echo "Installing ${missing[*]} …"
    local log
    log=$(mktemp)
    if ! { apt-get update && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
        stop "apt-get did not install ${missing[*]} ($(tail -n 1 "$log")): see $log, or $remedy by other means."
    fi
    rm -f "$log"
}
