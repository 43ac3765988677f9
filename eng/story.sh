#!/usr/bin/env bash
# One story through all five services, told with the command line against a platform that ./eng/run.sh started.
# It may be told again and again: the administrator is made the first time and kept in the data folder, everybody else is new each time.
# Exit status 1 where a step does not end as it should.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export MCPSECURE_PROFILE=${MCPSECURE_PROFILE:-${XDG_DATA_HOME:-$HOME/.local/share}/mcpsecure/cli.json}
if [[ ! -e $MCPSECURE_PROFILE ]]; then
    echo "There is no profile at $MCPSECURE_PROFILE: start the platform with ./eng/run.sh and wait until it says that it is up." >&2
    exit 1
fi

command=${MCPSECURE:-./eng/mcpsecure}
umask 077
secrets=$(dirname "$MCPSECURE_PROFILE")/secrets
kept=$secrets/story
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$kept"

administrator=root-admin
developer=dev-$(date +%s)
steps=() # each a trace id, a tab and a title

random_hex() { od -An -N"$1" -tx1 /dev/urandom | tr -d ' \n'; }

as() { export MCPSECURE_SESSION=$scratch/$1.session.json; }

# Begins a step: a title, and one trace for all of its commands.
step() {
    local trace
    trace=$(random_hex 16)
    export TRACEPARENT=00-$trace-$(random_hex 8)-01
    steps+=("$trace"$'\t'"$1")
    printf '\n\033[1m%d. %s\033[0m\n' "${#steps[@]}" "$1"
}

# Shows a command and runs it. Where it does not end with the status given, the story is over.
run() {
    local expected=$1 status=0
    shift
    printf '$ mcpsecure %s\n' "${*//$scratch/…}"
    "$command" "$@" || status=$?
    if ((status != expected)); then
        echo "This ended with status $status instead of $expected." >&2
        exit 1
    fi
}

# Runs a command without showing it.
quietly() { "$command" "$@" 2>/dev/null; }

# A code works once: where the current one was used a moment ago, the next one is accepted already.
sign_in_with_code() {
    local name=$1 password=$2 secret=$3
    quietly totp --secret-file "$secret" >"$scratch/code"
    if quietly signin "$name" --password-file "$password" --code-file "$scratch/code"; then
        return
    fi
    quietly totp --next --secret-file "$secret" >"$scratch/code"
    run 0 signin "$name" --password-file "$password" --code-file "$scratch/code"
}

# Gives whoever is signed in an authenticator; the session counts as proven by it then.
enrol() {
    run 0 mfa enrol --secret-out "$1"
    quietly totp --secret-file "$1" >"$scratch/code"
    run 0 mfa confirm --code-file "$scratch/code"
}

step "Bootstrap the administrator"
as administrator
if [[ -e $kept/totp ]]; then
    echo "He was made by an earlier telling: he signs in."
    sign_in_with_code "$administrator" "$kept/password" "$kept/totp"
else
    # A telling that broke off has left a password behind, and perhaps an administrator who has it.
    if [[ ! -e $kept/password ]] || ! quietly signin "$administrator" --password-file "$kept/password" >/dev/null; then
        [[ -e $kept/password ]] || random_hex 16 >"$kept/password"
        run 0 bootstrap "$administrator" --secret-file "$secrets/bootstrap-secret" --password-file "$kept/password"
        run 0 signin "$administrator" --password-file "$kept/password"
    fi
    enrol "$scratch/administrator.totp"
    mv "$scratch/administrator.totp" "$kept/totp"
fi

step "Create a developer, who enrols an authenticator"
random_hex 16 >"$scratch/password"
run 0 users create "$developer" --password-file "$scratch/password"
as developer
run 0 signin "$developer" --password-file "$scratch/password"
enrol "$scratch/totp"

step "Sign in with password and code"
quietly totp --next --secret-file "$scratch/totp" >"$scratch/code"
run 0 signin "$developer" --password-file "$scratch/password" --code-file "$scratch/code"
run 0 whoami

step "Give the developer a role"
as administrator
run 0 roles assign "$developer" developer

step "Create an API key that may only read"
as developer
run 0 keys create "story" --scope mcp:read --lifetime 1h --secret-out "$scratch/key"

step "Validate the key"
run 0 keys validate --key-file "$scratch/key"

step "Ask what the key may do"
run 0 check servers:read --key-file "$scratch/key" --explain
run 1 check servers:delete --key-file "$scratch/key" --explain

step "Encrypt a service token, rotate the key, decrypt the old ciphertext"
printf 'ghs_a-token-of-some-service' >"$scratch/token"
run 0 encrypt service-tokens --in "$scratch/token" --context tokens/1 | tee "$scratch/told"
grep -o 'mcs1\.[^ ]*' "$scratch/told" | tail -n 1 >"$scratch/ciphertext"
as administrator
run 0 keyrings rotate service-tokens
as developer
run 0 decrypt service-tokens --in "$scratch/ciphertext" --context tokens/1 --out "$scratch/decrypted"
cmp "$scratch/token" "$scratch/decrypted" && echo "The old ciphertext gave back what was encrypted."

step "Revoke the API key"
key_id=$(quietly keys list --json | sed -n 's/.*"apiKeyId": "\([0-9a-f-]*\)".*/\1/p' | head -n 1)
run 0 keys revoke "$key_id"
run 1 keys validate --key-file "$scratch/key"

told=("${steps[@]}")
step "Read the whole story back from the audit log, and verify its chain"
as administrator
for one in "${told[@]}"; do
    trace=${one%%$'\t'*}
    printf '\n%s  [trace %s]\n' "${one#*$'\t'}" "$trace"
    for _ in {1..50}; do
        quietly audit query --trace-id "$trace" >"$scratch/events"
        grep -q "$trace\|SUCCESS\|DENIED" "$scratch/events" && break
        sleep 0.2
    done
    cat "$scratch/events"
done
echo
run 0 audit verify

printf '\nThe story is told. The dashboard shows the same traces; ./eng/mcpsecure --help shows what else there is.\n'
