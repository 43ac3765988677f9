using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using static McpSecure.ApiKey.Tests.ApiKeyPlatform;

namespace McpSecure.ApiKey.Tests;

public sealed class ValidationTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    private static readonly Guid Organization = new("0190b5a1-0000-7000-8000-0000000000f1");

    [Theory]
    [InlineData("192.0.2.9", null)]
    [InlineData("::ffff:192.0.2.9", null)]
    [InlineData("2001:db8:5::1", null)]
    [InlineData("192.0.3.9", ErrorReason.AddressNotAllowed)]
    [InlineData("2001:db8:6::1", ErrorReason.AddressNotAllowed)]
    [InlineData("", ErrorReason.AddressNotAllowed)]
    public async Task Validate_KeyBoundToNetworks_IsValidFromThereOnly(string address, ErrorReason? expected)
    {
        var created = await CreateAsync("allowed_networks = '{192.0.2.0/24,2001:db8:5::/48}'");

        Assert.Equal(expected, await ReasonAsync(new() { Secret = created.Secret, ClientAddress = address }));
    }

    [Fact]
    public async Task Validate_KeyForAllOfIPv6_IsNotValidFromIPv4()
    {
        var created = await CreateAsync("allowed_networks = '{::/0}'");

        Assert.Equal(ErrorReason.AddressNotAllowed, await ReasonAsync(new() { Secret = created.Secret, ClientAddress = "192.0.2.9" }));
        Assert.Null(await ReasonAsync(new() { Secret = created.Secret, ClientAddress = "2001:db8::1" }));
    }

    [Theory]
    [InlineData("servers/weather", "read", null)]
    [InlineData("servers/weather", "write", ErrorReason.KeyPermissionMissing)]
    [InlineData("servers", "read", ErrorReason.KeyPermissionMissing)]
    public async Task Validate_KeyWithPermissions_MustHaveTheOneAskedFor(string resource, string action, ErrorReason? expected)
    {
        var created = await CreateAsync("""permissions = '[["servers/*", "read"]]'""");

        Assert.Equal(expected, await ReasonAsync(new() { Secret = created.Secret, RequiredPermission = new() { Resource = resource, Action = action } }));
    }

    [Fact]
    public async Task Attack_KeyOfAnotherOrganization_ReadsAsInvalid()
    {
        var created = await CreateAsync($"organization_id = '{Organization}'");

        Assert.Equal(ErrorReason.ApiKeyInvalid, await ReasonAsync(new() { Secret = created.Secret, OrganizationId = Guid.Empty.ToString() }));
        var answer = await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret, OrganizationId = Organization.ToString() });
        Assert.Equal(Organization.ToString(), answer.OrganizationId);
        var told = await platform.AuditLog.FindAsync(
            Events.KeyValidated, told => told.Resource.EndsWith(created.ApiKey.ApiKeyId, StringComparison.Ordinal) && told.Outcome == Outcome.Success);
        Assert.Equal(Organization.ToString(), told.OrganizationId);
    }

    [Fact]
    public async Task Validate_KeysOwnLimit_AdmitsExactlyThatManyOverTwoReplicas()
    {
        var created = await CreateAsync("rate_requests = 20, rate_period = '1 hour', rate_burst = 20");
        var clients = new[] { platform.As("webshop"), platform.As("webshop", platform.Second) };
        var first = await clients[0].ValidateApiKeyAsync(new() { Secret = created.Secret });
        await clients[1].ValidateApiKeyAsync(new() { Secret = created.Secret });

        var reasons = await Task.WhenAll(Enumerable.Range(0, 100).Select(i => ReasonAsync(new() { Secret = created.Secret }, clients[i % 2])));

        Assert.Equal(("key", 20, 19), (first.RateLimit.Limit, first.RateLimit.Burst, first.RateLimit.Remaining));
        Assert.Equal((18, 82), (reasons.Count(reason => reason is null), reasons.Count(reason => reason == ErrorReason.RateLimited)));
        var told = await platform.AuditLog.FindAsync(
            Events.KeyValidated, told => told.Resource.EndsWith(created.ApiKey.ApiKeyId, StringComparison.Ordinal) && told.Reason == "RATE_LIMITED");
        Assert.Equal(("key", PrincipalType.ApiKey), (told.Attributes["limit"], told.Actor.Type));
    }

    [Fact]
    public async Task Validate_EndpointsLimit_CountsEachKeyByItself()
    {
        var (one, other) = (await platform.CreateAsync(platform.NewUser()), await platform.CreateAsync(platform.NewUser()));

        var answer = await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = one.Secret, Endpoint = "per-key", Cost = 3 });

        Assert.Equal(("endpoint/per-key", 1), (answer.RateLimit.Limit, answer.RateLimit.Remaining));
        Assert.Equal(ErrorReason.RateLimited, await ReasonAsync(new() { Secret = one.Secret, Endpoint = "per-key", Cost = 2 }));
        Assert.Null(await ReasonAsync(new() { Secret = other.Secret, Endpoint = "per-key", Cost = 4 }));
        Assert.Null(await ReasonAsync(new() { Secret = one.Secret }));
    }

    // Whoever has no secret learns of no limit, network, scope or permission.
    [Fact]
    public async Task Validate_Order_LeaksNothingBeforeTheSecretIsProven()
    {
        var created = await CreateAsync(
            """
            allowed_networks = '{192.0.2.0/24}', rate_requests = 1, rate_period = '1 day', rate_burst = 1, permissions = '[["servers/*", "read"]]'
            """);
        var question = new ValidateApiKeyRequest
        {
            Secret = created.Secret,
            ClientAddress = "198.51.100.1",
            RequiredScopes = { "org:admin" },
            RequiredPermission = new() { Resource = "users", Action = "delete" },
        };
        var reasons = new List<ErrorReason?>();

        reasons.Add(await ReasonAsync(question));
        question.ClientAddress = "192.0.2.1";
        reasons.Add(await ReasonAsync(question));
        reasons.Add(await ReasonAsync(question));
        question.Secret = ApiKeySecret.New(
            ApiKeyFormat.DefaultPrefix, new ApiKeyId(Guid.Parse(created.ApiKey.ApiKeyId)), PepperOf(platform.First)).Reveal();
        reasons.Add(await ReasonAsync(question));

        Assert.Equal([ErrorReason.AddressNotAllowed, ErrorReason.ScopeMissing, ErrorReason.RateLimited, ErrorReason.ApiKeyInvalid], reasons);
    }

    [Fact]
    public async Task Attack_GuessingFromOneAddress_HasToWaitOnEveryReplica()
    {
        var request = new ValidateApiKeyRequest { Secret = "mcp_sk_x", ClientAddress = "203.0.113.7" };
        var good = await platform.CreateAsync(platform.NewUser());
        var (first, second) = (platform.As("webshop"), platform.As("webshop", platform.Second));
        await first.ValidateApiKeyAsync(new() { Secret = good.Secret, ClientAddress = "203.0.113.7" });

        // 21, and one more for every three seconds that they take.
        var failures = 0;
        while (failures < 200 && await ReasonAsync(request, first) == ErrorReason.ApiKeyInvalid)
        {
            failures++;
        }

        Assert.InRange(failures, 21, 199);
        var waiting = await RefusedAsync(first.ValidateApiKeyAsync(request));
        Assert.Equal(ErrorReason.TooManyAttempts, waiting.Reason);
        Assert.InRange(int.Parse(waiting.Metadata["retry_after_seconds"]), 1, 30);
        Assert.Equal([ErrorReason.ApiKeyInvalid, ErrorReason.TooManyAttempts], [await ReasonAsync(request, second), await ReasonAsync(request, second)]);
        Assert.Null(await ReasonAsync(new() { Secret = good.Secret, ClientAddress = "203.0.113.7" }, first));
        Assert.Equal(ErrorReason.ApiKeyInvalid, await ReasonAsync(new(request) { ClientAddress = "203.0.113.8" }, first));
    }

    [Theory]
    [InlineData("client_address", "192.0.2.1:80", "", "")]
    [InlineData("endpoint", "", "no-such-rule", "")]
    [InlineData("required_permission.resource", "", "", "a//b")]
    public async Task Validate_OutOfForm_IsRefusedByField(string field, string address, string endpoint, string resource)
    {
        var request = new ValidateApiKeyRequest { Secret = "x", ClientAddress = address, Endpoint = endpoint };
        if (resource.Length > 0)
        {
            request.RequiredPermission = new() { Resource = resource, Action = "read" };
        }

        var refused = await RefusedAsync(platform.As("webshop").ValidateApiKeyAsync(request));

        Assert.Equal((ErrorReason.FieldInvalid, field), (refused.Reason, Assert.Single(refused.Violations).Field));
    }

    private async Task<CreateApiKeyResponse> CreateAsync(string set)
    {
        var created = await platform.CreateAsync(platform.NewUser());
        await platform.ExecuteAsync($"UPDATE api_keys SET {set} WHERE id = '{created.ApiKey.ApiKeyId}'");
        return created;
    }

    private Task<ErrorReason?> ReasonAsync(ValidateApiKeyRequest request) => ReasonAsync(request, platform.As("webshop"));

    private static async Task<ErrorReason?> ReasonAsync(ValidateApiKeyRequest request, ApiKeyService.ApiKeyServiceClient client)
    {
        try
        {
            await client.ValidateApiKeyAsync(request);
            return null;
        }
        catch (Grpc.Core.RpcException e)
        {
            return McpSecure.Client.McpSecureError.From(e).Reason;
        }
    }
}
