namespace McpSecure.ApiKey.Tests;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7")]
    [InlineData("192.0.2.7", "::ffff:c000:207")]
    [InlineData("2001:db8::1", "2001:DB8:0:0::1")]
    [InlineData("2001:db8::1", "2001:db8::ffff:1:2:3")]
    public void Counted_FormsAndHostsOfOneClient_CountTogether(string one, string other)
    {
        Assert.True(ClientAddress.TryParse(one, out var first));
        Assert.True(ClientAddress.TryParse(other, out var second));

        Assert.Equal(first.Counted, second.Counted);
    }

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.8")]
    [InlineData("2001:db8::1", "2001:db8:0:1::1")]
    [InlineData("::1", "0.0.0.1")]
    public void Counted_Others_CountApart(string one, string other)
    {
        Assert.True(ClientAddress.TryParse(one, out var first));
        Assert.True(ClientAddress.TryParse(other, out var second));

        Assert.NotEqual(first.Counted, second.Counted);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1")]
    [InlineData("192.0.2")]
    [InlineData("192.0.2.7.1")]
    [InlineData("192.0.2.07")]
    [InlineData("192.0.2.256")]
    [InlineData("192.0.2.+7")]
    [InlineData("192.0.2. 7")]
    [InlineData("0x7f.0.0.1")]
    [InlineData("192.0.2.7:80")]
    [InlineData("[::1]")]
    [InlineData("[::1]:80")]
    [InlineData("fe80::1%eth0")]
    [InlineData("2001:db8::/32")]
    [InlineData(" ::1")]
    [InlineData("localhost")]
    public void TryParse_WhatIsNoAddress_IsNone(string text) => Assert.False(ClientAddress.TryParse(text, out _));
}
