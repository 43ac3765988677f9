using System.Net;

namespace McpSecure.Auth.Tests;

public sealed class CallOriginTests
{
    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::1", "2001:db8:1:3::/64")]
    [InlineData("::1", "::/64")]
    public void NetworkOf_AnAddress_IsWhatOnePartyHas(string address, string expected)
    {
        Assert.Equal(expected, CallOrigin.NetworkOf(IPAddress.Parse(address)));
    }
}
