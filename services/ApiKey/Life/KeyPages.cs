using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Reads an owner's keys page by page. A page token is the text of the last key's id, as in the key itself.</summary>
internal sealed class KeyPages(IApiKeyStore store, TimeProvider clock)
{
    private const int DefaultSize = 100;

    /// <summary>Reads a page, and the token of the next; empty at the end.</summary>
    /// <exception cref="Refusal">PAGE_TOKEN_INVALID.</exception>
    public async Task<(IReadOnlyList<ApiKeyRecord> Keys, string Next)> ReadAsync(Guid ownerId, int size, string token, CancellationToken cancellationToken)
    {
        var before = token.Length == 0 ? (ApiKeyId?)null : await LastOfPageAsync(ownerId, token, cancellationToken);
        var limit = size == 0 ? DefaultSize : size;
        var found = await store.ListAsync(
            RowScope.OfOwner(ownerId), new KeyFilter(ownerId, Organization: null, State: null, clock.GetUtcNow()), before, limit + 1, cancellationToken);
        return found.Count > limit ? ([.. found.Take(limit)], ApiKeyFormat.WriteId(found[limit - 1].Id)) : (found, "");
    }

    // Keys are never deleted: a token that names none of this owner's was not given to him here.
    private async Task<ApiKeyId> LastOfPageAsync(Guid ownerId, string token, CancellationToken cancellationToken) =>
        ApiKeyFormat.TryReadId(token, out var id) && await store.FindAsync(id, cancellationToken) is { } last && last.OwnerId == ownerId
            ? id
            : throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
}
