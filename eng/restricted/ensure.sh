#!/usr/bin/env bash
# Makes every package restorable. Does nothing where the real ones restore; elsewhere it fills eng/feed, once.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [[ ! -e ../feed/.complete ]]; then
    if answer=$(dotnet restore Probe -p:UseAspire=true -v quiet -nologo 2>&1); then
        exit 0
    fi
    # NU1101 to NU1103, NU1603: a source answered that it lacks a package or its version. Anything else is not ours to mend.
    if ! grep -Eq 'NU110[123]|NU1603' <<<"$answer"; then
        echo "NuGet packages do not restore: $(grep -m1 -i error <<<"$answer" || echo "$answer")" >&2
        exit 1
    fi
    echo "This machine's package source lacks $(grep -Eo 'package [A-Za-z.-]+' <<<"$answer" | sort -u | grep -c .) of the packages; setting up eng/restricted."
fi

dotnet run RestrictedFeed.cs
