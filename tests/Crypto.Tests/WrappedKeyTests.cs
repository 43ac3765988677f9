using System.Text.Json;

namespace McpSecure.Crypto.Tests;

public sealed class WrappedKeyTests : IDisposable
{
    private static readonly Guid Id = Guid.Parse("01942f6e-7a5b-7c3d-9e8f-0123456789ab");

    private readonly Xaes256Gcm under = new(Enumerable.Repeat((byte)7, 32).ToArray());
    private readonly SecretBytes key = SecretBytes.Random(32);

    public static TheoryData<int> VectorNumbers => new(Enumerable.Range(0, Stored.GetArrayLength()));

    private static JsonElement Stored { get; } = Vectors.Read("wrapped-keys.json").GetProperty("vectors");

    [Theory]
    [MemberData(nameof(VectorNumbers))]
    public void TryUnwrap_StoredVectors_AreReadForEver(int number)
    {
        var vector = Stored[number];
        var label = vector.Text("what") switch
        {
            "key-encryption-key" => WrappedKey.KeyEncryptionKeyLabel(Guid.Parse(vector.Text("id"))),
            "key-version" => WrappedKey.KeyVersionLabel(
                vector.Text("keyring"), vector.GetProperty("version").GetInt32(), StoredNames.Algorithm(vector.Text("algorithm"))),
            var other => throw new InvalidDataException(other),
        };
        using var cipher = new Xaes256Gcm(vector.Hex("under"));

        Assert.True(WrappedKey.TryUnwrap(cipher, vector.Hex("wrapped"), label, out var unwrapped));

        Assert.Equal(vector.Hex("key"), unwrapped.Reveal());
        unwrapped.Dispose();
    }

    [Fact]
    public void TryUnwrap_WhatWasWrapped_GivesItBack()
    {
        var label = WrappedKey.KeyVersionLabel("service-tokens", 1, KeyAlgorithm.Xaes256Gcm);

        Assert.True(WrappedKey.TryUnwrap(under, WrappedKey.Wrap(under, key, label), label, out var unwrapped));

        Assert.Equal(key.Reveal(), unwrapped.Reveal());
    }

    // Whoever can write to the database must not be able to put one key in another's place.
    [Fact]
    public void TryUnwrap_KeyMovedToAnotherPlace_IsRefused()
    {
        var wrapped = WrappedKey.Wrap(under, key, WrappedKey.KeyVersionLabel("service-tokens", 1, KeyAlgorithm.Xaes256Gcm));

        Assert.False(WrappedKey.TryUnwrap(under, wrapped, WrappedKey.KeyVersionLabel("mfa-secrets", 1, KeyAlgorithm.Xaes256Gcm), out _));
        Assert.False(WrappedKey.TryUnwrap(under, wrapped, WrappedKey.KeyVersionLabel("service-tokens", 2, KeyAlgorithm.Xaes256Gcm), out _));
        Assert.False(WrappedKey.TryUnwrap(under, wrapped, WrappedKey.KeyVersionLabel("service-tokens", 1, KeyAlgorithm.Rsa2048Sha256), out _));
        Assert.False(WrappedKey.TryUnwrap(under, wrapped, WrappedKey.KeyEncryptionKeyLabel(Id), out _));
    }

    [Fact]
    public void TryUnwrap_AnyByteChangedOrMissing_IsRefused()
    {
        var label = WrappedKey.KeyEncryptionKeyLabel(Id);
        var wrapped = WrappedKey.Wrap(under, key, label);

        for (var i = 0; i < wrapped.Length; i++)
        {
            var changed = (byte[])wrapped.Clone();
            changed[i] ^= 1;
            Assert.False(WrappedKey.TryUnwrap(under, changed, label, out _), $"byte {i}");
            Assert.False(WrappedKey.TryUnwrap(under, wrapped.AsSpan(0, i), label, out _), $"cut at {i}");
        }
    }

    public void Dispose()
    {
        under.Dispose();
        key.Dispose();
    }
}
