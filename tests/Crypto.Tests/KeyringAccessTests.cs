namespace McpSecure.Crypto.Tests;

public sealed class KeyringAccessTests
{
    [Theory]
    [InlineData("auth", "mfa-secrets", nameof(UseGround.Own))]
    [InlineData("auth", "token-signing", nameof(UseGround.Own))]
    [InlineData("apikey", "api-key-pepper", nameof(UseGround.Own))]
    [InlineData("audit", "audit-subjects", nameof(UseGround.Own))]
    [InlineData("crypto", "secrets", nameof(UseGround.Own))]
    [InlineData("cli", "secrets", nameof(UseGround.Reserved))]
    [InlineData("auth", "secrets", nameof(UseGround.None))]
    [InlineData("cli", "service-tokens", nameof(UseGround.User))]
    [InlineData("weather-app", "configuration", nameof(UseGround.User))]
    [InlineData("cli", "somebodys-own", nameof(UseGround.User))]
    [InlineData("cli", "mfa-secrets", nameof(UseGround.Reserved))]
    [InlineData("cli", "token-signing", nameof(UseGround.Reserved))]
    [InlineData("weather-app", "api-key-pepper", nameof(UseGround.Reserved))]
    [InlineData("apikey", "mfa-secrets", nameof(UseGround.None))]
    [InlineData("auth", "api-key-pepper", nameof(UseGround.None))]
    [InlineData("auth", "service-tokens", nameof(UseGround.None))]
    [InlineData("authorization", "mfa-secrets", nameof(UseGround.None))]
    [InlineData("auth", "MFA-SECRETS", nameof(UseGround.None))]
    [InlineData("Auth", "mfa-secrets", nameof(UseGround.Reserved))]
    public void GroundOf_WorkloadAndKeyring_IsAsListed(string workload, string keyring, string ground) =>
        Assert.Equal(ground, KeyringAccess.GroundOf(workload, keyring).ToString());
}
