using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>
/// Names and takes the locks that keep an owner's and an organization's keys from becoming too many. Owners' come before organizations', and all before
/// any row's: so no two transactions wait for each other.
/// </summary>
internal static class KeyLocks
{
    /// <summary>The condition of keys that are valid at <c>$2</c>.</summary>
    public const string IsValid = "revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $2)";

    /// <summary>The condition of keys that count at <c>$2</c>: those that wait for the end of their overlap do not.</summary>
    public const string IsLive = $"{IsValid} AND successor_id IS NULL";

    public static string OfOwner(Guid owner) => $"api_keys/{owner}";

    public static string OfOrganization(Guid organization) => $"api_keys/organizations/{organization}";

    /// <summary>Takes the locks in order, until the transaction's end.</summary>
    public static async Task TakeAsync(KeyTransaction transaction, IEnumerable<string> names, CancellationToken cancellationToken)
    {
        foreach (var name in names)
        {
            await using var take = transaction.Command("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", new NpgsqlParameter { Value = name });
            await take.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
