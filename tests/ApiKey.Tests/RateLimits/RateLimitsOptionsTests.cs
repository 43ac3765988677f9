using System.ComponentModel.DataAnnotations;

namespace McpSecure.ApiKey.Tests;

public sealed class RateLimitsOptionsTests
{
    [Fact]
    public void Options_AsTheyComeAndAsMeant_AreRight()
    {
        Assert.Empty(Faults(new RateLimitsOptions()));
        Assert.Empty(Faults(new RateLimitsOptions
        {
            Keys = { LeaseSize = 25 },
            Addresses = { Permits = 100 },
            Endpoints = { ["search"] = new() { Permits = 10, Period = TimeSpan.FromSeconds(1), Burst = 40, LeaseSize = 10, Cost = 5 } },
        }));
    }

    [Fact]
    public void Options_EveryFault_IsToldByTheSettingsName() => Assert.Equal(
        [
            "ForOrganization:nobody",
            "Endpoints:Search",
            "Keys:Permits",
            "Addresses:Period",
            "Organizations:Burst",
            "Endpoints:Search:Exact",
            "Endpoints:Search:Cost",
            "Endpoints:empty:Permits",
            "Endpoints:empty:Cost",
        ],
        Faults(new RateLimitsOptions
        {
            Keys = { Permits = 600_001 },
            Addresses = { Permits = 1, Period = TimeSpan.FromDays(2) },
            Organizations = { Permits = 1, Period = TimeSpan.FromDays(1), Burst = 8 },
            ForOrganization = { ["nobody"] = new() },
            Endpoints =
            {
                ["Search"] = new() { Permits = 100, LeaseSize = 10, Exact = true, Cost = 101 },
                ["empty"] = new(),
            },
        }));

    [Fact]
    public void Options_OneOrganizationInTwoForms_IsRefused() => Assert.Equal(
        ["ForOrganization:0190b5a1000070008000000000000001"],
        Faults(new RateLimitsOptions
        {
            ForOrganization = { ["0190b5a1-0000-7000-8000-000000000001"] = new(), ["0190b5a1000070008000000000000001"] = new() },
        }));

    private static IEnumerable<string> Faults(RateLimitsOptions options) =>
        options.Validate(new ValidationContext(options)).Select(fault => string.Join(',', fault.MemberNames));
}
