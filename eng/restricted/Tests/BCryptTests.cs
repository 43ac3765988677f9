using BCrypt.Net;
using Hasher = BCrypt.Net.BCrypt;

namespace McpSecure.Restricted;

public sealed class BCryptTests
{
    // The first five: jBCrypt 0.4, TestBCrypt.java. "U*U…": crypt_blowfish 1.3, wrapper.c, where the three revisions agree.
    // UTF-8: passlib 1.7.4, test_handlers_bcrypt.py.
    [Theory]
    [InlineData("", "$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("a", "$2a$08$cfcvVd2aQ8CMvoMpP2EBfeodLEkkFJ9umNEfPD18.hUF62qqlC/V.")]
    [InlineData("abc", "$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "$2a$12$D4G5f18o7aMMfwasBL7GpuQWuP3pkrZrOAnqP.bmezbMng.QwJ/pG")]
    [InlineData("~!@#$%^&*()      ~!@#$%^&*()PNBFRD", "$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO")]
    [InlineData("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("U*U*U", "$2a$05$XXXXXXXXXXXXXXXXXXXXXOAcXxm9kjPGEMsLznoKqmqw7tc8WCx4a")]
    [InlineData("táБℓə", "$2a$05$Z17AXnnlpzddNUvnC6cZNOSwMA/8oNiKnHTHTwLlBijfucQQlHjaG")]
    [InlineData("U*U", "$2b$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    [InlineData("U*U", "$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")]
    public void HashPassword_PublishedVector_IsReproduced(string key, string hash)
    {
        Assert.Equal(hash, Hasher.HashPassword(key, hash));
        Assert.True(Hasher.Verify(key, hash));
        Assert.False(Hasher.Verify(key + "x", hash));
    }

    [Fact]
    public void HashPassword_Twice_UsesFreshSalts()
    {
        var first = Hasher.HashPassword("secret", workFactor: 4);
        var second = Hasher.HashPassword("secret", workFactor: 4);

        Assert.NotEqual(first, second);
        Assert.StartsWith("$2a$04$", first, StringComparison.Ordinal);
        Assert.True(Hasher.Verify("secret", first) && Hasher.Verify("secret", second));
    }

    [Fact]
    public void HashPassword_BytesAfterThe72nd_DoNotCount()
    {
        var hash = Hasher.HashPassword(new string('k', 600), workFactor: 4);

        Assert.True(Hasher.Verify(new string('k', 72), hash));
        Assert.False(Hasher.Verify(new string('k', 71), hash));
    }

    [Fact]
    public void HashPassword_KeyWithNul_IsRefused()
        => Assert.Throws<ArgumentException>(() => Hasher.HashPassword("secret\0tail", workFactor: 4));

    [Theory]
    [InlineData(3)]
    [InlineData(32)]
    public void GenerateSalt_WorkFactorOutOfRange_IsRefused(int workFactor)
        => Assert.Throws<ArgumentOutOfRangeException>(() => Hasher.GenerateSalt(workFactor));

    [Theory]
    [InlineData("$1$DCq7YPn5$TV4S6ytwfsfvkgY8jIucDrjc8deX1s.0123456789012345")]
    [InlineData("$2x$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("$2a$03$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("$2a$32$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("$2a$06$DCq7YPn5Rq63x1La!4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.")]
    [InlineData("$2a$06$DCq7YPn5")]
    public void Verify_MalformedHash_Throws(string hash) => Assert.Throws<SaltParseException>(() => Hasher.Verify("", hash));

    [Theory]
    [InlineData(9, false)]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public void PasswordNeedsRehash_WorkFactor_IsCompared(int wanted, bool expected)
        => Assert.Equal(expected, Hasher.PasswordNeedsRehash("$2a$10$WvvTPHKwdBJ3uk0Z37EMR.hLA2W6N9AEBhEgrAOljy2Ae5MtaSIUi", wanted));
}
