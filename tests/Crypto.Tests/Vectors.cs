using System.Text.Json;

namespace McpSecure.Crypto.Tests;

/// <summary>Reads the vector files, which are only ever added to.</summary>
internal static class Vectors
{
    public static JsonElement Read(string file)
    {
        using var stream = typeof(Vectors).Assembly.GetManifestResourceStream($"Vectors/{file}")!;
        return JsonDocument.Parse(stream).RootElement;
    }

    public static string Text(this JsonElement vector, string name) => vector.GetProperty(name).GetString()!;

    public static byte[] Hex(this JsonElement vector, string name) => Convert.FromHexString(vector.Text(name));

    public static byte[] Base64Url(this JsonElement vector, string name) => System.Buffers.Text.Base64Url.DecodeFromChars(vector.Text(name));
}
