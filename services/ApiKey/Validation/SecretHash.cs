namespace McpSecure.ApiKey;

/// <summary>What is kept of a key's secret: a bcrypt hash with its salt and work factor, <c>$2a$12$…</c>, of the key's id and secret.</summary>
internal readonly record struct SecretHash(string Text)
{
    public override string ToString() => nameof(SecretHash);
}
