using McpSecure.Audit.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class PermissionTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Story_Developer_MayReadServersAndMayNotDeleteThem()
    {
        var user = await platform.UserAsync("developer");
        var decisions = platform.As("webshop").Decisions;

        var read = await decisions.ExplainPermissionAsync(new() { Question = Question(user, "servers", "read", "mcp:read") });
        var delete = await decisions.ExplainPermissionAsync(new() { Question = Question(user, "servers", "delete") });

        Assert.True(read.Allowed);
        Assert.Equal(DecisionReason.Role, read.Reason);
        Assert.Equal(new MatchedRule { Role = "developer", ResourcePattern = "servers", ActionPattern = "read", Effect = V1.Effect.Allow }, Assert.Single(read.MatchedRules));
        Assert.Equal(["mcp:read"], read.CoveringScopes);
        Assert.Equal($"user/{user} may read servers: the role developer allows read on servers, and the scope mcp:read lets it through.", read.Explanation);
        Assert.False(delete.Allowed);
        Assert.Equal(DecisionReason.NoRule, delete.Reason);
        Assert.Equal(["developer"], delete.Roles);
        Assert.Equal($"user/{user} may not delete servers: no permission of the role developer allows it.", delete.Explanation);
    }

    [Fact]
    public async Task Explain_ScopeThatDoesNotCover_SaysSo()
    {
        var user = await platform.UserAsync("developer");

        var answer = await platform.As("webshop").Decisions.ExplainPermissionAsync(new() { Question = Question(user, "servers", "update", "mcp:read", "org:read") });

        Assert.Equal(DecisionReason.Scope, answer.Reason);
        Assert.Equal(
            $"user/{user} may not update servers with mcp:read, org:read: the role developer allows update on servers, and no scope in use lets it through.",
            answer.Explanation);
    }

    [Fact]
    public async Task Check_Decision_IsRecordedWithItsReason()
    {
        var user = await platform.UserAsync("viewer");
        var decisions = platform.As("webshop").Decisions;

        Assert.True((await decisions.CheckPermissionAsync(new() { Question = Question(user, "servers/recorded", "use") })).Allowed);
        Assert.False((await decisions.CheckPermissionAsync(new() { Question = Question(user, "servers/recorded", "use", "user:read") })).Allowed);

        var allowed = await platform.AuditLog.FindAsync(Events.PermissionChecked, told => told.Resource == "servers/recorded" && told.Outcome == Outcome.Success);
        var denied = await platform.AuditLog.FindAsync(Events.PermissionChecked, told => told.Resource == "servers/recorded" && told.Outcome == Outcome.Denied);
        Assert.Equal(("webshop", user.ToString(), "use"), (allowed.Caller, allowed.Actor.Id, allowed.Attributes["action"]));
        Assert.Equal(("SCOPE", "user:read"), (denied.Reason, denied.Attributes["scopes"]));
    }

    // Asking why must not be a way to ask unseen.
    [Fact]
    public async Task Explain_Decision_IsRecordedAsACheckIs()
    {
        var user = await platform.UserAsync("viewer");

        await platform.As("cli").Decisions.ExplainPermissionAsync(new() { Question = Question(user, "servers/explained", "delete") }, platform.Administrator);

        var told = await platform.AuditLog.FindAsync(Events.PermissionChecked, told => told.Resource == "servers/explained");
        Assert.Equal((Outcome.Denied, "NO_RULE", $"user/{user}"), (told.Outcome, told.Reason, told.Attributes["principal"]));
        Assert.NotEqual(user.ToString(), told.Actor.Id);
    }

    [Fact]
    public async Task Check_ByAPersonAboutHimself_IsAnswered()
    {
        var user = await platform.UserAsync("viewer");

        var answer = await platform.As("cli").Decisions.CheckPermissionAsync(new() { Question = Question(user, "servers", "read") }, platform.Auth.SignIn(user));

        Assert.True(answer.Allowed);
    }

    [Fact]
    public async Task Check_ByAPersonAboutAnother_NeedsTheRightToRead()
    {
        var user = await platform.UserAsync("developer");
        var another = await platform.UserAsync("viewer");
        var decisions = platform.As("cli").Decisions;
        var question = new CheckPermissionRequest { Question = Question(another, "servers", "read") };

        Assert.Equal(ErrorReason.TokenMissing, (await RefusedAsync(decisions.CheckPermissionAsync(question))).Reason);
        Assert.Equal(ErrorReason.PermissionDenied, (await RefusedAsync(decisions.CheckPermissionAsync(question, platform.Auth.SignIn(user)))).Reason);
        Assert.True((await decisions.CheckPermissionAsync(question, platform.Administrator)).Allowed);
    }

    // A key with a user's id is not the user.
    [Fact]
    public async Task Check_PrincipalOfAnotherKindWithTheSameId_IsNotHimself()
    {
        var user = await platform.UserAsync("viewer");
        var question = Question(user, "servers", "read");
        question.Principal.Type = PrincipalType.ApiKey;

        var refused = await RefusedAsync(platform.As("cli").Decisions.ExplainPermissionAsync(new() { Question = question }, platform.Auth.SignIn(user)));

        Assert.Equal(ErrorReason.PermissionDenied, refused.Reason);
    }

    [Fact]
    public async Task Check_UnknownScope_IsRefused()
    {
        var refused = await RefusedAsync(platform.As("webshop").Decisions.CheckPermissionAsync(
            new() { Question = Question(Guid.Empty, "servers", "read", "mcp:read", "mcp:everything") }));

        Assert.Equal(ErrorReason.ScopeUnknown, refused.Reason);
    }

    [Theory]
    [InlineData(PrincipalType.User, "0190B5A1-7C3E-7D21-8F00-0123456789AB")]
    [InlineData(PrincipalType.User, "alice")]
    [InlineData(PrincipalType.ApiKey, "mcp_sk_x")]
    [InlineData(PrincipalType.Service, "../auth")]
    public async Task Check_PrincipalSpeltOtherwise_IsRefusedByField(PrincipalType type, string id)
    {
        var question = Question(Guid.Empty, "servers", "read");
        question.Principal = new() { Type = type, Id = id };

        var refused = await RefusedAsync(platform.As("webshop").Decisions.CheckPermissionAsync(new() { Question = question }));

        Assert.Equal(ErrorReason.FieldInvalid, refused.Reason);
        Assert.Equal("question.principal.id", Assert.Single(refused.Violations).Field);
    }

    [Theory]
    [InlineData("servers/../keyrings", "read")]
    [InlineData("servers//x", "read")]
    [InlineData("*", "read")]
    [InlineData("servers", "*")]
    [InlineData("servers", "Read")]
    [InlineData("servеrs", "read")] // a Cyrillic е
    public async Task Check_ResourceOrActionOutOfForm_IsRefusedByField(string resource, string action)
    {
        var refused = await RefusedAsync(platform.As("webshop").Decisions.CheckPermissionAsync(new() { Question = Question(Guid.Empty, resource, action) }));

        Assert.Equal(ErrorReason.FieldInvalid, refused.Reason);
    }

    [Fact]
    public async Task Attack_WrongPeer_IsRefused() =>
        Assert.Equal(
            ErrorReason.CallerNotAllowed,
            (await RefusedAsync(platform.As("stranger").Decisions.CheckPermissionAsync(new() { Question = Question(Guid.Empty, "servers", "read") }))).Reason);
}
