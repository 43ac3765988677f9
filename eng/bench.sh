#!/usr/bin/env bash
# Runs the benchmarks, all or those named, each beside its baseline. Exit status 1 when one is over its budget.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ -x eng/restricted/ensure.sh ]]; then
    eng/restricted/ensure.sh
fi

dotnet build tests/Benchmarks -c Release -v quiet -nologo -clp:NoSummary
exec dotnet tests/Benchmarks/bin/Release/net10.0/McpSecure.Benchmarks.dll "$@"
