using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Answers the call that imports keys: reads it, lets the right actors pass, calls the import, writes the response.</summary>
internal sealed class KeyImportCalls(KeyImport import, ActorGate gate, AuditEvents events, TimeProvider clock)
{
    public async Task<ImportApiKeysResponse> ImportAsync(ImportApiKeysRequest request, ServerCallContext context)
    {
        if (request.Salts.Distinct().Count() != request.Salts.Count)
        {
            throw Refusal.InvalidField("salts", "must hold each salt once.");
        }

        var now = clock.GetUtcNow();
        var keys = request.ApiKeys.Select((key, i) => Read(key, $"api_keys[{i}]", request.Salts.Count, now)).ToList();
        var actor = await gate.RequireAsync(context, "api-keys", "import", StepUp.Required);

        var results = await import.ImportAsync(
            new([.. request.Salts.Select(salt => salt.Memory)], keys),
            actor,
            () => events.Start(context, Events.KeyImported),
            events.Start(context, Events.KeysImported).On("api-keys"),
            context.CancellationToken);

        return new() { Results = { results.Select(result => new ImportedApiKeyResult { ApiKeyId = result.Id.ToString(), Existed = result.Existed }) } };
    }

    private static KeyToImport Read(ImportedApiKey key, string path, int salts, DateTimeOffset now)
    {
        if (key.SaltIndex >= salts)
        {
            throw Refusal.InvalidField($"{path}.salt_index", "must be the place of one of the salts, from 0.");
        }

        var expiresAt = key.ExpiresAt?.ToDateTimeOffset();
        KeyFields.RequireFuture($"{path}.expires_at", expiresAt, now);
        var record = new ApiKeyRecord(
            ApiKeyId.New(now),
            Guid.Parse(key.OwnerId),
            KeyFields.Name($"{path}.name", key.Name),
            KeyFields.Scopes($"{path}.scopes", key.Scopes),
            SecretHash.Imported,
            now,
            expiresAt,
            RevokedAt: null)
        {
            Prefix = ImportedText.Prefix,
            OrganizationId = key.OrganizationId.Length == 0 ? null : Guid.Parse(key.OrganizationId),
            Permissions = KeyFields.Permissions($"{path}.permissions", key.Permissions),
            AllowedNetworks = KeyFields.Networks($"{path}.allowed_networks", key.AllowedNetworks),
            RateLimit = KeyFields.RateLimit($"{path}.rate_limit", key.RateLimit),
            Metadata = KeyFields.Metadata(key.Metadata),
        };
        return new(record, new KeyLookup(Convert.FromHexString(key.Hash)), key.SaltIndex);
    }
}
