using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using KeyAlgorithms = McpSecure.Crypto.V1.KeyAlgorithm;

namespace McpSecure.Crypto.Tests;

/// <summary>Looks for keys in the memory of a real process of Crypto, which used them.</summary>
[SupportedOSPlatform("linux")]
public sealed class KeyMemoryTests : IAsyncLifetime
{
    private readonly CryptoPlatform platform = new();
    private readonly AuthDouble tokens = new();
    private WorkloadHost authHost = null!;
    private WorkloadHost authorizationHost = null!;
    private PlatformService process = null!;
    private TestActor administrator = null!;
    private Metadata user = null!;
    private ServiceProvider auth = null!;
    private ServiceProvider cli = null!;

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        administrator = platform.Actors.SignIn("root", "keyrings*:*");
        user = tokens.SignIn(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));
        authHost = await WorkloadHost.StartAsync(platform.Pki, tokens.Workload);
        authorizationHost = await WorkloadHost.StartAsync(platform.Pki, new AuthorizationDouble { Decide = _ => true }.Workload);
        process = await platform.StartProcessAsync(
            ("Peers:auth", authHost.Address.GetLeftPart(UriPartial.Authority)), ("Peers:authorization", authorizationHost.Address.GetLeftPart(UriPartial.Authority)));
        auth = platform.Pki.Clients("auth", (process.Name, process.Address));
        cli = platform.Pki.Clients("cli", (process.Name, process.Address));
    }

    public async Task DisposeAsync()
    {
        await auth.DisposeAsync();
        await cli.DisposeAsync();
        await process.DisposeAsync();
        await authorizationHost.DisposeAsync();
        await authHost.DisposeAsync();
        await platform.DisposeAsync();
    }

    [Fact]
    public async Task DestroyedEncryptionKey_IsNowhereInTheMemoryOfAProcessThatUsedIt()
    {
        await EncryptAsync();
        using var key = await KeyOfAsync("mfa-secrets");
        AssertThere(Halves(key.Reveal()));

        await DestroyAsync("mfa-secrets");

        await EncryptAsync(); // with the version that came after
        await AssertGoneAsync(Halves(key.Reveal()));
    }

    [Theory]
    [InlineData(KeyAlgorithms.Aes256Gcm)]
    [InlineData(KeyAlgorithms.HmacSha256)]
    [InlineData(KeyAlgorithms.EcdsaP256Sha256)]
    [InlineData(KeyAlgorithms.Fernet)]
    public async Task DestroyedKeyOfAUsersKeyring_IsNowhereInTheMemoryOfAProcessThatUsedIt(KeyAlgorithms algorithm)
    {
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = "files", Algorithm = algorithm }, administrator.Metadata);
        await UseAsync("files", algorithm, version: 1);
        using var key = await KeyOfAsync("files");
        var needles = algorithm == KeyAlgorithms.EcdsaP256Sha256 ? HalvesOfScalar(key.Reveal()) : Halves(key.Reveal());
        Assert.Contains(Places(needles), place => place is not null);

        await DestroyAsync("files");

        await UseAsync("files", algorithm, version: 2);
        await AssertGoneAsync(needles);
    }

    [Fact]
    public async Task DestroyedSigningKey_IsNowhereInTheMemoryOfAProcessThatUsedIt()
    {
        await SignAsync(1);
        using var key = await KeyOfAsync("token-signing");
        using var rsa = RSA.Create();
        rsa.ImportPkcs8PrivateKey(key.Reveal(), out _);
        var secrets = rsa.ExportParameters(includePrivateParameters: true);
        byte[][] needles = [secrets.P!, secrets.Q!, secrets.D!];

        // As DER has them and as the library's numbers are in memory, last byte first.
        needles = [.. needles, .. needles.Select(needle => needle.Reverse().ToArray())];
        needles = [.. needles.Select(needle => needle[16..48])];
        Assert.Contains(Places(needles), place => place is not null);

        await DestroyAsync("token-signing");

        await SignAsync(2);
        await AssertGoneAsync(needles);
    }

    [Fact]
    public async Task RootKey_IsNowhereInMemory_OnceTheHierarchyIsOpen()
    {
        await EncryptAsync();
        using var keyEncryptionKey = await KeyEncryptionKeyAsync();
        AssertThere(Halves(keyEncryptionKey.Reveal()));
        var text = (await File.ReadAllTextAsync(platform.RootKeyFile)).TrimEnd();

        await AssertGoneAsync([.. Halves(Convert.FromBase64String(text)), .. Halves(System.Text.Encoding.ASCII.GetBytes(text)), .. Halves(System.Text.Encoding.Unicode.GetBytes(text))]);
    }

    // As DER has it and as the library's numbers are in memory, last byte first.
    private static byte[][] HalvesOfScalar(ReadOnlySpan<byte> pkcs8)
    {
        using var key = ECDsa.Create();
        key.ImportPkcs8PrivateKey(pkcs8, out _);
        var scalar = key.ExportParameters(includePrivateParameters: true).D!;
        return [.. Halves(scalar), .. Halves(scalar.Reverse().ToArray())];
    }

    // A copy that lost one half to something else gives the other half away.
    private static byte[][] Halves(ReadOnlySpan<byte> key) => [key[..(key.Length / 2)].ToArray(), key[(key.Length / 2)..].ToArray()];

    private string?[] Places(byte[][] needles) => ProcessMemory.Find(process.ProcessId, needles);

    private void AssertThere(byte[][] needles) => Assert.All(Places(needles), Assert.NotNull);

    private async Task AssertGoneAsync(byte[][] needles)
    {
        // Zeroed within seconds of the message; a stack or a free block may be overwritten later still.
        for (var tries = 0; Places(needles).Any(place => place is not null) && tries < 10; tries++)
        {
            await Task.Delay(500);
        }

        Assert.All(Places(needles), Assert.Null);
    }

    private async Task EncryptAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            await auth.GetRequiredService<EncryptionService.EncryptionServiceClient>().EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = ByteString.CopyFromUtf8("x") });
        }
    }

    private async Task UseAsync(string keyring, KeyAlgorithms algorithm, int version)
    {
        var data = ByteString.CopyFromUtf8("x");
        for (var i = 0; i < 20; i++)
        {
            switch (algorithm)
            {
                case KeyAlgorithms.HmacSha256:
                    await cli.GetRequiredService<SigningService.SigningServiceClient>().ComputeMacAsync(new() { Keyring = keyring, Data = data }, user);
                    break;
                case KeyAlgorithms.EcdsaP256Sha256:
                    await cli.GetRequiredService<SigningService.SigningServiceClient>().SignAsync(new() { Keyring = keyring, KeyVersion = version, Data = data }, user);
                    break;
                case KeyAlgorithms.Fernet:
                    await cli.GetRequiredService<FernetService.FernetServiceClient>().EncryptFernetAsync(new() { Keyring = keyring, Plaintext = data }, user);
                    break;
                default:
                    await cli.GetRequiredService<EncryptionService.EncryptionServiceClient>().EncryptAsync(new() { Keyring = keyring, Plaintext = data }, user);
                    break;
            }
        }
    }

    private async Task SignAsync(int version)
    {
        for (var i = 0; i < 20; i++)
        {
            await auth.GetRequiredService<SigningService.SigningServiceClient>().SignAsync(new() { Keyring = "token-signing", KeyVersion = version, Data = ByteString.CopyFromUtf8("x") });
        }
    }

    // The other replica does it; this process hears of it by Redis. A day is the least delay, so the database is told that it is over.
    private async Task DestroyAsync(string keyring)
    {
        var keys = platform.Keys("cli");
        await keys.RotateKeyringAsync(new() { Name = keyring, AtOnce = true }, administrator.Metadata, CryptoPlatform.TimeToFindAnRsaKey);
        await keys.DisableKeyVersionAsync(new() { Name = keyring, Version = 1 }, administrator.Metadata);
        await keys.ScheduleDestructionAsync(new() { Name = keyring, Version = 1 }, administrator.Metadata);
        await platform.TamperAsync($"UPDATE key_versions SET destroy_at = now() WHERE keyring = '{keyring}' AND version = 1");
        await platform.Audit.FindAsync("crypto.key_version.destroyed", one => one.Resource == $"keyrings/{keyring}");
    }

    private async Task<SecretBytes> KeyEncryptionKeyAsync()
    {
        using var root = FileRootKey.Read(platform.RootKeyFile);
        var (id, wrapped) = await ReadAsync<Guid>("SELECT id, wrapped FROM key_encryption_keys");
        return (await root.UnwrapAsync(wrapped, WrappedKey.KeyEncryptionKeyLabel(id), default))!;
    }

    private async Task<SecretBytes> KeyOfAsync(string keyring)
    {
        using var keyEncryptionKey = await KeyEncryptionKeyAsync();
        using var cipher = new Xaes256Gcm(keyEncryptionKey.Reveal());
        var (algorithm, wrapped) = await ReadAsync<string>(
            $"SELECT k.algorithm, v.wrapped FROM keyrings k JOIN key_versions v ON v.keyring = k.name WHERE k.name = '{keyring}' AND v.version = 1");
        Assert.True(WrappedKey.TryUnwrap(cipher, wrapped, WrappedKey.KeyVersionLabel(keyring, 1, StoredNames.Algorithm(algorithm)), out var key));
        return key;
    }

    private async Task<(T Name, byte[] Wrapped)> ReadAsync<T>(string sql)
    {
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var select = database.CreateCommand(sql);
        await using var row = await select.ExecuteReaderAsync();
        Assert.True(await row.ReadAsync());
        return (row.GetFieldValue<T>(0), row.GetFieldValue<byte[]>(1));
    }
}
