using System.Security.Cryptography;
using McpSecure.Testing;

namespace McpSecure.Benchmarks;

/// <summary>
/// Gives Crypto what it needs to be itself: a database, Redis and a root key. Only its own process is measured.
/// </summary>
internal sealed class CryptoSurroundings
{
    private static Task<CryptoSurroundings>? shared;

    private CryptoSurroundings(params KeyValuePair<string, string?>[] settings) => Settings = settings;

    /// <summary>Gets the settings of a Crypto.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings { get; }

    public static Task<CryptoSurroundings> SharedAsync(TestPki pki) => shared ??= StartAsync(pki);

    private static async Task<CryptoSurroundings> StartAsync(TestPki pki)
    {
        var rootKey = Path.Combine(pki.Folder, "root.key");
        await File.WriteAllTextAsync(rootKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(rootKey, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        return new CryptoSurroundings(
            new("ConnectionStrings:cryptodb", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync()),
            new("ConnectionStrings:redis", (await RedisServer.SharedAsync()).ConnectionString),
            new("RootKey:File", rootKey),
            new("Peers:auth", "https://localhost:1"),
            new("Peers:authorization", "https://localhost:1"));
    }
}
