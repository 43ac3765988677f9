namespace McpSecure.Authorization.Tests;

public sealed class PrincipalTests
{
    private const string Id = "0190b5a1-7c3e-7d21-8f00-0123456789ab";

    [Theory]
    [InlineData((int)PrincipalKind.User, Id, true)]
    [InlineData((int)PrincipalKind.ApiKey, Id, true)]
    [InlineData((int)PrincipalKind.Service, "crypto", true)]
    [InlineData((int)PrincipalKind.User, "0190B5A1-7C3E-7D21-8F00-0123456789AB", false)]
    [InlineData((int)PrincipalKind.User, "{0190b5a1-7c3e-7d21-8f00-0123456789ab}", false)]
    [InlineData((int)PrincipalKind.User, " 0190b5a1-7c3e-7d21-8f00-0123456789ab", false)]
    [InlineData((int)PrincipalKind.User, "0190b5a17c3e7d218f000123456789ab", false)]
    [InlineData((int)PrincipalKind.User, "0x90b5a1-7c3e-7d21-8f00-0123456789ab", false)]
    [InlineData((int)PrincipalKind.User, "admin", false)]
    [InlineData((int)PrincipalKind.Service, "Crypto", false)]
    [InlineData((int)PrincipalKind.Service, "crypto/../auth", false)]
    [InlineData((int)PrincipalKind.Service, "", false)]
    public void Of_Id_HasOneSpelling(int kind, string id, bool accepted) =>
        Assert.Equal(accepted, Principal.Of((PrincipalKind)kind, id) is not null);

    [Theory]
    [InlineData("user/" + Id)]
    [InlineData("api_key/" + Id)]
    [InlineData("service/crypto")]
    public void Parse_ItsOwnText_IsThePrincipal(string text) =>
        Assert.Equal(text, Principal.Parse(text, null).ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(Id)]
    [InlineData("user")]
    [InlineData("User/" + Id)]
    [InlineData("user/" + Id + "/x")]
    public void TryParse_OtherText_IsRefused(string? text) => Assert.False(Principal.TryParse(text, null, out _));
}
