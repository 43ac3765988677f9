using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpSecure.Crypto.Tests;

public sealed class FernetKeyTests
{
    private const string SpecKey = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";

    private static readonly DateTimeOffset Now = new(2026, 11, 21, 8, 0, 0, TimeSpan.Zero);

    public static TheoryData<string> InvalidVectors => new(Spec.GetProperty("invalid").EnumerateArray().Select(vector => vector.Text("desc")));

    private static JsonElement Spec { get; } = Vectors.Read("fernet.json");

    [Fact]
    public void Encrypt_GenerateVectors_Agree()
    {
        foreach (var vector in Spec.GetProperty("generate").EnumerateArray())
        {
            using var key = Key(vector.Text("secret"));

            var token = key.Encrypt(Encoding.UTF8.GetBytes(vector.Text("src")), Time(vector).ToUnixTimeSeconds(), vector.Hex("iv"));

            Assert.Equal(vector.Text("token"), FernetText.Write(token));
        }
    }

    [Fact]
    public async Task TryDecrypt_VerifyVectors_Agree()
    {
        foreach (var vector in Spec.GetProperty("verify").EnumerateArray())
        {
            Assert.Equal(vector.Text("src"), Encoding.UTF8.GetString((await DecryptAsync(vector))!.Plaintext));
        }
    }

    [Theory]
    [MemberData(nameof(InvalidVectors))]
    public async Task TryDecrypt_InvalidVectors_AreRefused(string description)
    {
        var vector = Spec.GetProperty("invalid").EnumerateArray().Single(vector => vector.Text("desc") == description);

        Assert.Null(await DecryptAsync(vector));
    }

    [Fact]
    public void TryDecrypt_AnyBitFlippedOrAnyPartMissing_IsRefused()
    {
        using var key = Key(SpecKey);
        var token = key.Encrypt("attack at dawn"u8, Now.ToUnixTimeSeconds());

        for (var bit = 0; bit < token.Length * 8; bit++)
        {
            var changed = (byte[])token.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(key.TryDecrypt(changed, out _, out _), $"bit {bit}");
        }

        for (var length = 0; length < token.Length; length++)
        {
            Assert.False(key.TryDecrypt(token.AsSpan(0, length), out _, out _), $"first {length}");
        }
    }

    [Fact]
    public void TryDecrypt_OfEveryLength_GivesThePlaintextAndTheSecond()
    {
        using var key = Key(SpecKey);
        for (var length = 0; length < 70; length++)
        {
            var plaintext = RandomNumberGenerator.GetBytes(length);

            Assert.True(key.TryDecrypt(key.Encrypt(plaintext, Now.ToUnixTimeSeconds()), out var opened, out var seconds));
            Assert.Equal(plaintext, opened);
            Assert.Equal(Now.ToUnixTimeSeconds(), seconds);
        }
    }

    // Whoever holds the key can make such a token; it must not become a date that no calendar has.
    [Fact]
    public void TryDecrypt_TimeBeyondTheCalendar_IsRefused()
    {
        using var key = Key(SpecKey);

        Assert.False(key.TryDecrypt(key.Encrypt([], long.MaxValue), out _, out _));
        Assert.False(key.TryDecrypt(key.Encrypt([], -1), out _, out _));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(60, true)]
    [InlineData(61, false)]
    [InlineData(-60, true)]
    [InlineData(-61, false)]
    public async Task TryDecrypt_WithAMaximumAge_TakesItsAgeAndAMinuteOfSkew(int ageInSeconds, bool isTaken)
    {
        var keyring = await KeyringAsync(SpecKey);
        var token = keyring.Encrypt("x"u8, Now.AddSeconds(-ageInSeconds));

        Assert.Equal(isTaken, keyring.TryDecrypt(token, TimeSpan.FromSeconds(60), Now, out _));
        Assert.True(keyring.TryDecrypt(token, maxAge: null, Now, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("====")]
    [InlineData("AAA")]
    [InlineData("AAAA AAAA")]
    [InlineData("AA==\n")]
    [InlineData("AB==")]
    [InlineData("AA+/")]
    [InlineData("A===")]
    public void FernetText_AnotherSpelling_IsRefused(string text) => Assert.True(!FernetText.TryRead(text, out var bytes) || text.Length == 0 && bytes.Length == 0);

    private static FernetKey Key(string text)
    {
        Assert.True(FernetText.TryRead(text, out var bytes));
        return new FernetKey(bytes);
    }

    private static DateTimeOffset Time(JsonElement vector) => DateTimeOffset.Parse(vector.Text("now"), CultureInfo.InvariantCulture);

    private static async Task<OpenedFernet?> DecryptAsync(JsonElement vector) => (await KeyringAsync(vector.Text("secret")))
        .TryDecrypt(vector.Text("token"), TimeSpan.FromSeconds(vector.GetProperty("ttl_sec").GetInt32()), Time(vector), out var opened) ? opened : null;

    // A keyring of one key, which needs neither a database nor a hierarchy.
    private static async Task<FernetKeyring> KeyringAsync(string key)
    {
        var hierarchy = new KeyEncryptionKeys();
        using var roots = new RootKeySet(new OpenRoot(), previous: null, next: null);
        var stored = await KeyEncryptionKeys.CreateAsync(roots.Current, KeyEncryptionKeyState.Active, Now, CancellationToken.None);
        await hierarchy.OpenAsync(roots, [stored], CancellationToken.None);
        Assert.True(FernetText.TryRead(key, out var bytes));
        using var secret = SecretBytes.Take(bytes);
        var wrapped = hierarchy.Wrap(secret, "tokens", 1, KeyAlgorithm.Fernet);
        var keyring = new Keyring("tokens", KeyAlgorithm.Fernet, Now, [new KeyVersion(1, KeyState.Active, Now, Now)]);
        return new FernetKeyring(new StoredKeyring(keyring, ImmutableDictionary<int, WrappedVersion>.Empty.Add(1, wrapped)), new UnwrappedKeys(hierarchy));
    }

    private sealed class OpenRoot : IRootKey
    {
        public string Id => "none";

        public Task<byte[]> WrapAsync(SecretBytes key, byte[] label, CancellationToken cancellationToken) => Task.FromResult(key.Reveal().ToArray());

        public Task<SecretBytes?> UnwrapAsync(byte[] wrapped, byte[] label, CancellationToken cancellationToken) =>
            Task.FromResult<SecretBytes?>(SecretBytes.CopyOf(wrapped));

        public void Dispose()
        {
        }
    }
}
