using System.ComponentModel.DataAnnotations;

namespace McpSecure.Auth.Tests;

public sealed class OptionsTests
{
    public static TheoryData<object, string> Wrong() => new()
    {
        { new PasswordOptions { IterationCount = 209_999 }, nameof(PasswordOptions.IterationCount) },
        { new PasswordOptions { ConcurrentHashes = 0 }, nameof(PasswordOptions.ConcurrentHashes) },
        { new PasswordOptions { WaitingHashes = -1 }, nameof(PasswordOptions.WaitingHashes) },
        { new TokenOptions { Lifetime = TimeSpan.FromHours(25) }, nameof(TokenOptions.Lifetime) },
        { new TokenOptions { Lifetime = TimeSpan.FromSeconds(59) }, nameof(TokenOptions.Lifetime) },
        { new TokenOptions { ClockSkew = TimeSpan.FromSeconds(61) }, nameof(TokenOptions.ClockSkew) },
        { new TokenOptions { Issuer = "" }, nameof(TokenOptions.Issuer) },
        { new SignInOptions { FreeFailures = 21 }, nameof(SignInOptions.FreeFailures) },
        { new SignInOptions { LongestDelay = TimeSpan.FromHours(2) }, nameof(SignInOptions.LongestDelay) },
        { new SignInOptions { FirstDelay = TimeSpan.Zero }, nameof(SignInOptions.FirstDelay) },
        { new SignInOptions { LongestDelay = TimeSpan.FromHours(1), ForgetAfter = TimeSpan.FromHours(1) }, nameof(SignInOptions.ForgetAfter) },
        { new SignInOptions { NetworkBurst = 0 }, nameof(SignInOptions.NetworkBurst) },
        { new TotpOptions { Issuer = "a:b" }, nameof(TotpOptions.Issuer) },
        { new TotpOptions { Issuer = "" }, nameof(TotpOptions.Issuer) },
        { new BootstrapOptions { Secret = "short" }, nameof(BootstrapOptions.Secret) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Validation_OfAWrongSetting_NamesIt(object options, string setting)
    {
        var results = new List<ValidationResult>();

        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);

        Assert.Equal([setting], Assert.Single(results).MemberNames);
        Assert.DoesNotContain("short", results[0].ErrorMessage!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(typeof(PasswordOptions))]
    [InlineData(typeof(TokenOptions))]
    [InlineData(typeof(SignInOptions))]
    [InlineData(typeof(TotpOptions))]
    [InlineData(typeof(BootstrapOptions))]
    public void Validation_OfTheDefaults_Passes(Type type)
    {
        var options = Activator.CreateInstance(type)!;

        Assert.True(Validator.TryValidateObject(options, new ValidationContext(options), [], validateAllProperties: true));
    }
}
