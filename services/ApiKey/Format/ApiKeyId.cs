using System.Diagnostics.CodeAnalysis;

namespace McpSecure.ApiKey;

/// <summary>The id of an API key, a UUIDv7. Not secret.</summary>
internal readonly record struct ApiKeyId(Guid Value) : IParsable<ApiKeyId>
{
    public static ApiKeyId New(DateTimeOffset now) => new(Guid.CreateVersion7(now));

    public static ApiKeyId Parse(string s, IFormatProvider? provider) => new(Guid.ParseExact(s, "D"));

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ApiKeyId result)
    {
        var read = Guid.TryParseExact(s, "D", out var value);
        result = new(value);
        return read;
    }

    public override string ToString() => Value.ToString();
}
