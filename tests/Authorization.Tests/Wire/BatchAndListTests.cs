using McpSecure.Audit.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class BatchAndListTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    private const int Most = 1_000;

    [Fact]
    public async Task CheckPermissions_AThousand_AnswersInOrderAndRecordsEach()
    {
        var (builder, onlooker) = (await platform.UserAsync("developer"), await platform.UserAsync("viewer"));
        var request = new CheckPermissionsRequest
        {
            Questions = { Enumerable.Range(0, Most).Select(i => Question(i % 2 == 0 ? builder : onlooker, $"servers/batch-{i}", i % 3 == 0 ? "read" : "update")) },
        };

        var answer = await platform.As("webshop").Decisions.CheckPermissionsAsync(request);

        Assert.Equal(request.Questions.Select(asked => asked.Action == "read" || asked.Principal.Id == builder.ToString()), answer.Answers.Select(one => one.Allowed));
        Assert.Equal(answer.Answers.Select(one => one.Allowed ? DecisionReason.Role : DecisionReason.NoRule), answer.Answers.Select(one => one.Reason));
        var first = await platform.AuditLog.FindAsync(Events.PermissionChecked, told => told.Resource == "servers/batch-0");
        var last = await platform.AuditLog.FindAsync(Events.PermissionChecked, told => told.Resource == "servers/batch-999");
        Assert.Equal((Outcome.Success, builder.ToString()), (first.Outcome, first.Actor.Id));
        Assert.Equal((Outcome.Success, onlooker.ToString()), (last.Outcome, last.Actor.Id));
    }

    [Fact]
    public async Task CheckPermissions_TooManyOrOneThatIsInvalid_AnswersNone()
    {
        var decisions = platform.As("webshop").Decisions;
        var spelt = Question(Guid.Empty, "servers", "read");
        spelt.Principal.Id = "ALICE";

        var tooMany = await RefusedAsync(decisions.CheckPermissionsAsync(
            new() { Questions = { Enumerable.Repeat(Question(Guid.Empty, "servers", "read"), Most + 1) } }));
        var invalid = await RefusedAsync(decisions.CheckPermissionsAsync(new() { Questions = { Question(Guid.Empty, "servers", "read"), spelt } }));

        Assert.Equal(ErrorReason.FieldInvalid, tooMany.Reason);
        Assert.Equal("questions[1].principal.id", Assert.Single(invalid.Violations).Field);
    }

    [Fact]
    public async Task CheckPermissions_ByAPersonAboutAnotherToo_NeedsTheRightToRead()
    {
        var (user, another) = (await platform.UserAsync("viewer"), await platform.UserAsync("viewer"));
        var decisions = platform.As("cli").Decisions;
        var both = new CheckPermissionsRequest { Questions = { Question(user, "servers", "read"), Question(another, "servers", "read") } };

        var refused = await RefusedAsync(decisions.CheckPermissionsAsync(both, platform.Auth.SignIn(user)));

        Assert.Equal(ErrorReason.PermissionDenied, refused.Reason);
        Assert.True(Assert.Single((await decisions.CheckPermissionsAsync(new() { Questions = { both.Questions[0] } }, platform.Auth.SignIn(user))).Answers).Allowed);
        Assert.Equal(2, (await decisions.CheckPermissionsAsync(both, platform.Administrator)).Answers.Count);
    }

    [Fact]
    public async Task ListPermissions_Pages_TellEveryRuleOnce()
    {
        var user = await platform.UserAsync("developer", "viewer");
        var decisions = platform.As("webshop").Decisions;
        var rules = new List<MatchedRule>();
        var request = new ListPermissionsRequest { Principal = Of(user), PageSize = 7 };
        do
        {
            var page = await decisions.ListPermissionsAsync(request);
            Assert.InRange(page.Rules.Count, 1, 7);
            rules.AddRange(page.Rules);
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        var expected = from role in BuiltInRoles.All
                       where role.Name is "developer" or "viewer"
                       from permission in role.Permissions
                       select (role.Name, permission.Resource.Text, permission.Action.Text);
        Assert.Equal(expected.Order(), rules.Select(rule => (rule.Role, rule.ResourcePattern, rule.ActionPattern)).Order());
    }

    [Fact]
    public async Task Attack_IdorAcrossOrganizations_ListsOfOthersAreNotForEverybody()
    {
        var (user, another) = (await platform.UserAsync("developer"), await platform.UserAsync("viewer"));
        var (decisions, signedIn) = (platform.As("cli").Decisions, platform.Auth.SignIn(user));

        Assert.NotEmpty((await decisions.ListPermissionsAsync(new() { Principal = Of(user) }, signedIn)).Rules);
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(decisions.ListPermissionsAsync(new() { Principal = Of(another) }, signedIn))).Reason);
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(decisions.ListAllowedResourcesAsync(new() { Principal = Of(another), Action = "read" }, signedIn))).Reason);
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(decisions.ListAllowedPrincipalsAsync(new() { Resource = "servers", Action = "read" }, signedIn))).Reason);
    }

    [Fact]
    public async Task ListAllowedPrincipals_NewHolder_IsListedAndRecorded()
    {
        var user = await platform.UserAsync("viewer");

        var answer = await platform.As("webshop").Decisions.ListAllowedPrincipalsAsync(new() { Resource = "servers/listed", Action = "use", PageSize = 1_000 });
        var denied = await platform.As("webshop").Decisions.ListAllowedPrincipalsAsync(new() { Resource = "servers/listed", Action = "delete", PageSize = 1_000 });

        Assert.Contains(Of(user), answer.Principals);
        Assert.DoesNotContain(Of(user), denied.Principals);
        var told = await platform.AuditLog.FindAsync(Events.AllowedPrincipalsListed, told => told.Resource == "servers/listed");
        Assert.Equal(("webshop", "use"), (told.Caller, told.Attributes["action"]));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("AA==")]
    public async Task Lists_TokenThatWasNotGiven_IsRefused(string token)
    {
        var decisions = platform.As("webshop").Decisions;

        Assert.Equal(
            ErrorReason.PageTokenInvalid,
            (await RefusedAsync(decisions.ListPermissionsAsync(new() { Principal = Of(Guid.Empty), PageToken = token }))).Reason);
        Assert.Equal(
            ErrorReason.PageTokenInvalid,
            (await RefusedAsync(decisions.ListAllowedPrincipalsAsync(new() { Resource = "a", Action = "b", PageToken = token }))).Reason);
    }
}
