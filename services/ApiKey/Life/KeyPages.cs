using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>
/// Reads keys page by page. A page token is the last key's id and a seal over it, the reader and his filters: one that was given to another or for other
/// filters is refused.
/// </summary>
internal sealed class KeyPages(IApiKeyStore store, PepperSource pepper)
{
    private const int DefaultSize = 100;
    private const int IdSizeInBytes = 16;
    private const int SealSizeInBytes = 16;

    /// <summary>Reads a page, and the token of the next; empty at the end.</summary>
    /// <exception cref="Refusal">PAGE_TOKEN_INVALID.</exception>
    public async Task<(IReadOnlyList<ApiKeyRecord> Keys, string Next)> ReadAsync(
        RowScope scope, KeyFilter filter, string reader, int size, string token, CancellationToken cancellationToken)
    {
        var before = token.Length == 0 ? (ApiKeyId?)null : Read(token, filter, reader);
        var limit = size == 0 ? DefaultSize : size;
        var found = await store.ListAsync(scope, filter, before, limit + 1, cancellationToken);
        return found.Count > limit ? ([.. found.Take(limit)], Write(found[limit - 1].Id, filter, reader)) : (found, "");
    }

    private string Write(ApiKeyId last, KeyFilter filter, string reader)
    {
        var id = last.Value.ToByteArray(bigEndian: true);
        return Base64Url.EncodeToString([.. id, .. Seal(id, filter, reader)]);
    }

    private ApiKeyId Read(string token, KeyFilter filter, string reader)
    {
        Span<byte> bytes = stackalloc byte[IdSizeInBytes + SealSizeInBytes];
        return Base64Url.IsValid(token, out var length) && length == bytes.Length && Base64Url.TryDecodeFromChars(token, bytes, out _)
            && CryptographicOperations.FixedTimeEquals(bytes[IdSizeInBytes..], Seal(bytes[..IdSizeInBytes], filter, reader))
            ? new ApiKeyId(new Guid(bytes[..IdSizeInBytes], bigEndian: true))
            : throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here, to you, for these filters.");
    }

    // The free text comes last, so that nothing in it can pass for another part.
    private ReadOnlySpan<byte> Seal(ReadOnlySpan<byte> id, KeyFilter filter, string reader) => pepper.Current.SealPage(
        [.. id, .. Encoding.UTF8.GetBytes($"{reader}|{filter.Owner}|{filter.Organization}|{filter.State}|{filter.ExpiresBefore?.UtcTicks}|{filter.Scope}|{filter.NamePrefix}")])
        .AsSpan(0, SealSizeInBytes);
}
