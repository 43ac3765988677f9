namespace McpSecure.Crypto.Tests;

public sealed class DatabaseAddressTests
{
    private const string Rest = ";Database=d;Username=u;Password=swordfish";

    [Theory]
    [InlineData("Host=db.example;SSL Mode=VerifyFull;Root Certificate=/etc/ca.crt" + Rest)]
    [InlineData("Host=db.example;Port=6432;SslMode=VerifyCA" + Rest)]
    [InlineData("Host=127.0.0.1;SSL Mode=Disable" + Rest)]
    [InlineData("Server=localhost;SSL Mode=Prefer" + Rest)]
    public void Parse_WhatSaysEnough_IsTaken(string text)
    {
        Assert.True(DatabaseAddress.TryParse(text, out var address, out var flaw), flaw);
        Assert.Equal(nameof(DatabaseAddress), address.ToString());
        Assert.Contains("swordfish", address.Reveal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nonsense", "is no connection string")]
    [InlineData("Host=h;Nonsense=x" + Rest, "is no connection string")]
    [InlineData("Host=h;SSL Mode=Sometimes" + Rest, "is no connection string")]
    [InlineData("SSL Mode=Require" + Rest, "lacks Host.")]
    [InlineData("Host=h;SSL Mode=Require;Database=d;Username=u", "lacks Password.")]
    [InlineData("Host=h" + Rest, "lacks SSL Mode.")]
    [InlineData("Host=db.example;SSL Mode=Prefer" + Rest, "would not know whom it talks to")]
    [InlineData("Host=db.example;SSL Mode=Require" + Rest, "would not know whom it talks to")]
    [InlineData("Host=db.example;SSL Mode=Disable" + Rest, "would not know whom it talks to")]
    [InlineData("Host=localhost.example;SSL Mode=Disable" + Rest, "would not know whom it talks to")]
    [InlineData("Host=a,b;SSL Mode=Require" + Rest, "names several hosts")]
    [InlineData("Host=/run/postgresql;SSL Mode=Disable" + Rest, "names several hosts or a socket")]
    [InlineData("Host=h;SSL Mode=Require;Passfile=/etc/shadow" + Rest, "sets Passfile")]
    [InlineData("Host=h;SSL Mode=Require;Options=-c x=y" + Rest, "sets Options")]
    public void Parse_WhatSaysTooLittleOrTooMuch_IsRefusedWithoutTheSecret(string text, string why)
    {
        Assert.False(DatabaseAddress.TryParse(text, out _, out var flaw));
        Assert.StartsWith(why, flaw, StringComparison.Ordinal);
        Assert.DoesNotContain("swordfish", flaw, StringComparison.Ordinal);
    }
}
