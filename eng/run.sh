#!/usr/bin/env bash
# Sets up what is missing and starts the platform. Options go to dotnet run: eng/run.sh -e McpSecure__Data=fresh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/lib.sh

need_sdk
need_packages
case ${McpSecure__Servers:-auto} in
    local) need_installed_servers ;;
    auto) engine_answers || need_installed_servers "start Docker or Podman" ;;
esac

echo "Building …"
dotnet build AppHost -v quiet -nologo -clp:ErrorsOnly
exec dotnet run --project AppHost --no-build "$@"
