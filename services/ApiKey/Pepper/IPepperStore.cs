namespace McpSecure.ApiKey;

/// <summary>Keeps the encrypted pepper.</summary>
internal interface IPepperStore
{
    /// <summary>Finds it; null where there is none.</summary>
    Task<string?> FindAsync(CancellationToken cancellationToken);

    /// <summary>Adds it if there is none and no API key either, which it could not fit. Of several at once, one is kept.</summary>
    Task AddAsync(string ciphertext, DateTimeOffset at, CancellationToken cancellationToken);
}
