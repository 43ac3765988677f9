using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>What is malformed is refused with the path of its field, and nothing has changed.</summary>
public sealed class BadInputTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    public static TheoryData<string> MalformedPatterns =>
    [
        "", new string('a', 257), "servers/\u0001", "servers/\n", "servers weather", "s\u0435rvers/*", "servers\u200b/*", "servers\u202e", string.Concat(Enumerable.Repeat("*a", 17)),
    ];

    public static TheoryData<string> LookAlikeNames =>
    [
        "\u0430cme", "Acme", "acme\u200b", "acme\u0000", "acme\n", "acm\u0435", "acme ", "-acme", "a\u0301cme", new string('a', 65), "ａcme",
    ];

    public static TheoryData<string> LookAlikeDisplayNames =>
    [
        "Acm\u0435", "\u0410cme", "Acme\u200b", "Acme\u202eknab", "Acme\u0007", " Acme", "Acme ", "Ac  me", "A\u0301cme", "\u1F71cme", "Acme\uFEFF", "A\u00ADcme", "\u212Bcme",
        "Acme \U0001F511", "\u0391cme", "Acme\u2028", "\u01C3Acme", "\uFF21cme",
    ];

    [Theory]
    [MemberData(nameof(MalformedPatterns))]
    public async Task Attack_MalformedOrExplosivePattern_IsRefusedAndNothingChanges(string pattern)
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own, before) = (platform.As("cli"), platform.Auth.SignIn(administrator), await platform.StateAsync());
        V1.Permission resource = new() { ResourcePattern = pattern, ActionPattern = "read" }, action = new() { ResourcePattern = "servers", ActionPattern = pattern };

        await RefusedAtAsync("permission.resource_pattern", cli.Grants.GrantPermissionAsync(new() { OrganizationId = $"{id}", Principal = Of(administrator), Permission = resource }, own));
        await RefusedAtAsync("permission.action_pattern", cli.Grants.GrantPermissionAsync(new() { OrganizationId = $"{id}", Principal = Of(administrator), Permission = action }, own));
        await RefusedAtAsync(
            "definition.permissions[1].resource_pattern",
            cli.Roles.CreateRoleAsync(
                new() { OrganizationId = $"{id}", Name = "mine", Definition = new() { Permissions = { new V1.Permission { ResourcePattern = "servers", ActionPattern = "read" }, resource } } }, own));
        Assert.Equal(before, await platform.StateAsync());
    }

    // As fnmatch reads it: a bracket that is never closed stands for itself.
    [Fact]
    public async Task Grant_UnclosedSet_IsLiteral()
    {
        var (id, administrator) = await platform.OrganizationAsync();

        var answer = await platform.As("cli").Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(administrator), Permission = new() { ResourcePattern = "servers/[a", ActionPattern = "read" } }, platform.Administrator);

        Assert.Equal("servers/[a", answer.Grant.Permission.ResourcePattern);
        Assert.Equal(V1.Effect.Allow, answer.Grant.Permission.Effect);
    }

    [Theory]
    [MemberData(nameof(LookAlikeNames))]
    public async Task Attack_LookAlikeNames_AreRefusedAndNothingChanges(string name)
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, before) = (platform.As("cli"), await platform.StateAsync());

        await RefusedAtAsync("name", cli.Organizations.CreateOrganizationAsync(new() { Name = name, DisplayName = "Acme" }, platform.Administrator));
        await RefusedAtAsync("name", cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = name, Definition = new() }, platform.Auth.SignIn(administrator)));
        Assert.Equal(before, await platform.StateAsync());
    }

    [Theory]
    [MemberData(nameof(LookAlikeDisplayNames))]
    public async Task Attack_LookAlikeDisplayNames_AreRefusedAndNothingChanges(string name)
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, before) = (platform.As("cli"), await platform.StateAsync());

        await RefusedAtAsync("display_name", cli.Organizations.CreateOrganizationAsync(new() { Name = "look-alike", DisplayName = name }, platform.Administrator));
        await RefusedAtAsync(
            "display_name", cli.Organizations.UpdateOrganizationAsync(new() { OrganizationId = $"{id}", DisplayName = name }, platform.Auth.SignIn(administrator)));
        Assert.Equal(before, await platform.StateAsync());
    }

    [Theory]
    [InlineData("Acme & Sons, Inc.")]
    [InlineData("Müller Straßenbau")]
    [InlineData("Ακμή")]
    [InlineData("Акме")]
    [InlineData("株式会社 Acme")]
    [InlineData("한국 Acme")]
    [InlineData("شركة")]
    [InlineData("संगठन")]
    public async Task CreateOrganization_DisplayNameOfOneScript_IsTaken(string name)
    {
        var (id, administrator) = await platform.OrganizationAsync();

        var answer = await platform.As("cli").Organizations.UpdateOrganizationAsync(
            new() { OrganizationId = $"{id}", DisplayName = name }, platform.Auth.SignIn(administrator));

        Assert.Equal(name, answer.Organization.DisplayName);
    }

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(0, 0)]
    [InlineData(long.MaxValue / 2, 0)]
    [InlineData(4_000_000_000, -1)]
    [InlineData(4_000_000_000, 1_000_000_000)]
    public async Task Attack_ExpiryInThePastOrNoTimeAtAll_IsRefusedAndNothingChanges(long seconds, int nanos)
    {
        var user = await platform.UserAsync();
        var (cli, before, expiry) = (platform.As("cli"), await platform.StateAsync(), new Timestamp { Seconds = seconds, Nanos = nanos });

        await RefusedAtAsync("expires_at", cli.Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer", ExpiresAt = expiry }, platform.Administrator));
        await RefusedAtAsync(
            "expires_at",
            cli.Grants.GrantPermissionAsync(
                new() { Principal = Of(user), Permission = new() { ResourcePattern = "a", ActionPattern = "b" }, ExpiresAt = expiry }, platform.Administrator));
        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public async Task DryRun_UnknownScope_IsRefused()
    {
        var user = await platform.UserAsync();
        var dryRun = new DryRun { Questions = { Question(user, "servers", "read", "mcp:everything") } };

        var refused = await RefusedAsync(platform.As("cli").Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer", DryRun = dryRun }, platform.Administrator));

        Assert.Equal(ErrorReason.ScopeUnknown, refused.Reason);
    }

    [Fact]
    public async Task Write_OtherMalformedFields_AreRefusedByPathAndNothingChanges()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (cli, own, before) = (platform.As("cli"), platform.Auth.SignIn(administrator), await platform.StateAsync());
        var service = new Common.V1.Principal { Type = PrincipalType.Service, Id = "deployer" };

        await RefusedAtAsync("administrator.type", cli.Organizations.CreateOrganizationAsync(new() { Name = "x", DisplayName = "X", Administrator = service }, platform.Administrator));
        await RefusedAtAsync("organization_id", cli.Organizations.GetOrganizationAsync(new() { OrganizationId = $"{id}".ToUpperInvariant() }, own));
        await RefusedAtAsync("subtree", cli.Roles.AssignRoleAsync(new() { OrganizationId = $"{id}", Principal = Of(administrator), Role = "viewer", Subtree = "servers/*" }, own));
        await RefusedAtAsync("definition.includes[1]", cli.Roles.CreateRoleAsync(new() { OrganizationId = $"{id}", Name = "mine", Definition = new() { Includes = { "viewer", "viewer" } } }, own));
        await RefusedAtAsync(
            "expected_revision", cli.Roles.UpdateRoleAsync(new() { OrganizationId = $"{id}", Name = "mine", Definition = new(), ExpectedRevision = "r1.01" }, own));
        await RefusedAtAsync(
            "permission.requires_second_factor",
            cli.Grants.GrantPermissionAsync(
                new()
                {
                    OrganizationId = $"{id}",
                    Principal = Of(administrator),
                    Permission = new() { ResourcePattern = "servers", ActionPattern = "read", Effect = V1.Effect.Deny, RequiresSecondFactor = true },
                },
                own));
        Assert.Equal(ErrorReason.PageTokenInvalid, (await RefusedAsync(cli.Organizations.ListMembersAsync(new() { OrganizationId = $"{id}", PageToken = "bm9uZQ" }, own))).Reason);
        Assert.Equal(ErrorReason.PageTokenInvalid, (await RefusedAsync(cli.Grants.ListGrantsAsync(new() { OrganizationId = $"{id}", PageToken = "!" }, own))).Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    // 256 characters, and twice as many units of UTF-16.
    [Theory]
    [InlineData("resource_pattern")]
    [InlineData("action_pattern")]
    public async Task Check_NarrowedToATooLongPattern_IsRefusedWithItsField(string field)
    {
        var pattern = string.Concat(Enumerable.Repeat("\U0001F511", 256));
        var question = Question(new Guid(1, 2, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]), "servers", "read");
        question.NarrowedTo.Add(new PermissionPattern { ResourcePattern = "servers", ActionPattern = "read" });
        question.NarrowedTo.Add(new PermissionPattern
        {
            ResourcePattern = field == "resource_pattern" ? pattern : "servers",
            ActionPattern = field == "action_pattern" ? pattern : "read",
        });

        await RefusedAtAsync($"question.narrowed_to[1].{field}", platform.As("webshop").Decisions.CheckPermissionAsync(new() { Question = question }));
    }

    private static async Task RefusedAtAsync<T>(string field, AsyncUnaryCall<T> call)
    {
        var refused = await RefusedAsync(call);
        Assert.Equal(ErrorReason.FieldInvalid, refused.Reason);
        Assert.Contains(field, refused.Violations.Select(violation => violation.Field));
    }
}
