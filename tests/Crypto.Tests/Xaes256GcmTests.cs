using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Crypto.Tests;

public sealed class Xaes256GcmTests
{
    private static readonly byte[] Key = Enumerable.Repeat((byte)1, 32).ToArray();

    // https://c2sp.org/XAES-256-GCM, "Test vectors": the first has MSB₁(L) = 0, the second 1.
    [Theory]
    [InlineData(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")]
    [InlineData(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")]
    public void Seal_PublishedVectors_Agree(byte keyByte, string associatedData, string ciphertext)
    {
        using var cipher = new Xaes256Gcm(Enumerable.Repeat(keyByte, 32).ToArray());

        var message = Seal(cipher, "ABCDEFGHIJKLMNOPQRSTUVWX"u8, "XAES-256-GCM"u8, Encoding.ASCII.GetBytes(associatedData));

        Assert.Equal(ciphertext, Convert.ToHexStringLower(message.AsSpan(24)));
        Assert.True(cipher.TryOpen(message, Encoding.ASCII.GetBytes(associatedData), out var plaintext));
        Assert.Equal("XAES-256-GCM"u8, plaintext);
    }

    // https://c2sp.org/XAES-256-GCM, "Accumulated randomized tests", 10 000 iterations.
    [Fact]
    public void Seal_AccumulatedRandomizedTests_Agree()
    {
        var random = new Stream(Shake128.HashData([], 6_000_000));
        using var ciphertexts = new Shake128();
        Assert.Equal("7f9c2ba4e88f827d616045507605853e", Convert.ToHexStringLower(random.Peek(16)));

        for (var i = 0; i < 10_000; i++)
        {
            using var cipher = new Xaes256Gcm(random.Take(32));
            var nonce = random.Take(24);
            var plaintext = random.Take(random.Take(1)[0]);
            var associatedData = random.Take(random.Take(1)[0]);
            var message = Seal(cipher, nonce, plaintext, associatedData);
            ciphertexts.AppendData(message.AsSpan(24));
            Assert.True(cipher.TryOpen(message, associatedData, out var opened));
            Assert.Equal(plaintext, opened);
        }

        Assert.Equal("e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939", Convert.ToHexStringLower(ciphertexts.GetHashAndReset(32)));
    }

    [Fact]
    public void TryOpen_AnyBitFlipped_IsRefused()
    {
        using var cipher = new Xaes256Gcm(Key);
        var message = cipher.Seal("attack at dawn"u8, "context"u8);

        for (var bit = 0; bit < message.Length * 8; bit++)
        {
            var changed = (byte[])message.Clone();
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(cipher.TryOpen(changed, "context"u8, out _), $"bit {bit}");
        }
    }

    [Fact]
    public void TryOpen_Truncated_IsRefused()
    {
        using var cipher = new Xaes256Gcm(Key);
        var message = cipher.Seal("attack at dawn"u8, []);

        for (var length = 0; length < message.Length; length++)
        {
            Assert.False(cipher.TryOpen(message.AsSpan(0, length), [], out _), $"first {length}");
            Assert.False(cipher.TryOpen(message.AsSpan(message.Length - length), [], out _), $"last {length}");
        }
    }

    [Fact]
    public void TryOpen_OtherAssociatedData_IsRefused()
    {
        using var cipher = new Xaes256Gcm(Key);
        var message = cipher.Seal("attack at dawn"u8, "mine"u8);

        Assert.False(cipher.TryOpen(message, "his"u8, out _));
        Assert.False(cipher.TryOpen(message, [], out _));
    }

    [Fact]
    public void TryOpen_OtherKey_IsRefused()
    {
        using var cipher = new Xaes256Gcm(Key);
        using var other = new Xaes256Gcm(Enumerable.Repeat((byte)2, 32).ToArray());

        Assert.False(other.TryOpen(cipher.Seal("attack at dawn"u8, []), [], out _));
    }

    [Fact]
    public void Seal_SamePlaintextTwice_GivesUnlikeMessages()
    {
        using var cipher = new Xaes256Gcm(Key);

        var messages = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(cipher.Seal([], []))).ToHashSet(StringComparer.Ordinal);

        Assert.Equal(1000, messages.Count);
        Assert.Equal(1000, messages.Select(message => message[..48]).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Seal_InParallel_KeepsMessagesApart()
    {
        using var cipher = new Xaes256Gcm(Key);

        Parallel.For(0, 20_000, i =>
        {
            var plaintext = BitConverter.GetBytes(i);
            Assert.True(cipher.TryOpen(cipher.Seal(plaintext, plaintext), plaintext, out var opened));
            Assert.Equal(plaintext, opened);
        });
    }

    [Fact]
    public void Seal_MoreThanASeries_BeginsAnotherAtRandom()
    {
        using var cipher = new Xaes256Gcm(Key);

        var nonces = Enumerable.Range(0, (3 * Xaes256Gcm.SeriesLength) + 1).Select(_ => Convert.ToHexString(cipher.Seal([], []))[..48]).ToList();

        Assert.Equal(nonces.Count, nonces.Distinct(StringComparer.Ordinal).Count());
        var series = nonces.GroupBy(nonce => nonce[..24], StringComparer.Ordinal).ToList();
        Assert.Equal([Xaes256Gcm.SeriesLength, Xaes256Gcm.SeriesLength, Xaes256Gcm.SeriesLength, 1], series.Select(one => one.Count()));
        Assert.Equal(4, series.Select(one => one.First()[24..]).Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Seal_InParallel_UsesNoNonceTwice()
    {
        using var cipher = new Xaes256Gcm(Key);
        var nonces = new string[60_000];

        Parallel.For(0, nonces.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i => nonces[i] = Convert.ToHexString(cipher.Seal([], []))[..48]);

        Assert.Equal(nonces.Length, nonces.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void Seal_Throws_SpendsTheNonce()
    {
        using var cipher = new Xaes256Gcm(Key);
        var before = cipher.Seal([], [])[..24];

        Assert.ThrowsAny<ArgumentException>(() => cipher.Seal("attack at dawn"u8, [], new byte[Xaes256Gcm.OverheadInBytes]));

        var after = cipher.Seal([], [])[..24];
        Assert.Equal(2, BinaryPrimitives.ReadUInt16BigEndian(after.AsSpan(22)) - BinaryPrimitives.ReadUInt16BigEndian(before.AsSpan(22)) & 0xFFFF);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(16)]
    [InlineData(31)]
    [InlineData(33)]
    public void New_WrongKeySize_IsRefused(int sizeInBytes) => Assert.Throws<ArgumentException>(() => new Xaes256Gcm(new byte[sizeInBytes]));

    [Fact]
    public void Seal_AfterDispose_IsRefused()
    {
        var cipher = new Xaes256Gcm(Key);
        cipher.Dispose();

        Assert.Throws<ObjectDisposedException>(() => cipher.Seal([], []));
    }

    private static byte[] Seal(Xaes256Gcm cipher, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData)
    {
        var message = new byte[Xaes256Gcm.SealedSizeInBytes(plaintext.Length)];
        cipher.Seal(nonce, plaintext, associatedData, message);
        return message;
    }

    private sealed class Stream(byte[] bytes)
    {
        private int position;

        public byte[] Peek(int count) => bytes[position..(position + count)];

        public byte[] Take(int count) => bytes[position..(position += count)];
    }
}
