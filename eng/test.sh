#!/usr/bin/env bash
# Sets up what is missing and runs every test. The last line counts them; exit status 1 when one fails or none ran.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/lib.sh

need_sdk
need_packages
need_installed_servers

suites=(McpSecure.sln)
if [[ -e eng/feed/.complete ]]; then
    suites+=(eng/restricted/Tests)
fi

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
failed=0

for suite in "${suites[@]}"; do
    echo "Building $suite …"
    dotnet build "$suite" -v quiet -nologo -clp:ErrorsOnly
done
echo "Checking the format …"
dotnet format McpSecure.sln --verify-no-changes --no-restore || failed=1

# One test project at a time: several start servers and measure times, and the machine may have two cores.
# A test that hangs is named and fails after ten minutes.
for suite in "${suites[@]}"; do
    dotnet test "$suite" --no-build -m:1 --nologo -v quiet --logger "console;verbosity=minimal" --logger trx --results-directory "$results" \
        --blame-hang-timeout 10m --blame-hang-dump-type none \
        -- RunConfiguration.TreatNoTestsAsError=true || failed=1
done

# The counters of every result file, as <Counters total=".." executed=".." passed=".." failed="..", summed.
count() {
    grep -ho '<Counters [^>]*' "$results"/*.trx 2>/dev/null | sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" | paste -sd+ | sed 's/^$/0/' | { read -r sum; echo $((sum)); }
}
passed=$(count passed)
skipped=$(($(count total) - $(count executed)))
not_passed=$(($(count executed) - passed))
if ((passed == 0 || not_passed > 0)); then
    failed=1
fi

echo "$passed passed, $not_passed failed, $skipped skipped"
exit "$failed"
