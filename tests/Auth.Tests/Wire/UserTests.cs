using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

public sealed class UserTests(AuthPlatform platform) : IClassFixture<AuthPlatform>
{
    [Fact]
    public async Task CreateUser_ByAnAdministrator_IsAnsweredAndInTheAuditLog()
    {
        var user = await platform.MakeUserAsync(email: "new@example.org");
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Action == "auth.user.created" && e.Resource == $"users/{user.UserId}");

        Assert.Equal(("new@example.org", false), (user.Email, user.TotpEnrolled));
        Assert.Equal((Outcome.Success, AuthPlatform.Administrator, user.Username), (auditEvent.Outcome, auditEvent.ActorName, auditEvent.Attributes["username"]));
    }

    [Fact]
    public async Task CreateUser_WithANameThatIsTaken_IsRefused()
    {
        var user = await platform.MakeUserAsync();

        var refusal = await RefusedAsync(platform.As("cli").Users.CreateUserAsync(Request(user.Username), await AdministratorAsync()));

        Assert.Equal(ErrorReason.UsernameTaken, refusal.Reason);
        await platform.AuditLog.FindAsync(e => e.Action == "auth.user.created" && e.Outcome == Outcome.Denied && e.Reason == "USERNAME_TAKEN");
    }

    [Fact]
    public async Task ParallelCreation_OfOneName_HasOneWinner()
    {
        var administrator = await AdministratorAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            try
            {
                await platform.As("cli").Users.CreateUserAsync(Request("wanted-by-many"), administrator);
                return true;
            }
            catch (Grpc.Core.RpcException e)
            {
                Assert.Equal(ErrorReason.UsernameTaken, Client.McpSecureError.From(e).Reason);
                return false;
            }
        }));

        Assert.Single(outcomes, true);
    }

    [Theory]
    [InlineData("Password123!", ErrorReason.PasswordTooWeak)]
    [InlineData("my weak-one says hello", ErrorReason.PasswordTooWeak)]
    [InlineData("too short", ErrorReason.FieldInvalid)]
    [InlineData("e\u0301e\u0301e\u0301e\u0301e\u0301e\u0301", ErrorReason.FieldInvalid)] // 12 as sent, 6 as counted
    [InlineData("violet anchors \u0378 drift", ErrorReason.FieldInvalid)]
    public async Task CreateUser_WithAPasswordThatIsNone_IsRefused(string password, ErrorReason reason)
    {
        var refusal = await RefusedAsync(platform.As("cli").Users.CreateUserAsync(Request("weak-one", password), await AdministratorAsync()));

        Assert.Equal(reason, refusal.Reason);
        Assert.Equal(reason == ErrorReason.FieldInvalid ? ["password"] : [], refusal.Violations.Select(violation => violation.Field));
    }

    [Fact]
    public async Task CreateUser_WithoutASecondFactor_AsksForIt()
    {
        var token = await PasswordTokenOfAnAdministratorAsync();

        var refusal = await RefusedAsync(platform.As("cli").Users.CreateUserAsync(Request("never-made"), AuthClients.Bearer(token)));

        Assert.Equal(ErrorReason.StepUpRequired, refusal.Reason);
    }

    [Fact]
    public async Task CreateUser_BySomebodyWithoutTheRight_IsRefused()
    {
        var user = await platform.MakeUserAsync();
        var authenticator = await platform.EnrolAsync(user);
        var token = (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username, code: authenticator.Code()))).AccessToken.Token;

        var refusal = await RefusedAsync(platform.As("cli").Users.CreateUserAsync(Request("never-made"), AuthClients.Bearer(token)));

        Assert.Equal(ErrorReason.PermissionDenied, refusal.Reason);
        await platform.AuditLog.FindAsync(e => e.Action == "auth.user.created" && e.Reason == "PERMISSION_DENIED" && e.Actor.Id == user.UserId);
    }

    [Fact]
    public async Task CreateUser_WhileAuthorizationIsAway_IsUnavailable()
    {
        var administrator = await AdministratorAsync();
        platform.Authorization.IsAway = true;
        try
        {
            var refusal = await RefusedAsync(platform.As("cli").Users.CreateUserAsync(Request("never-made"), administrator));
            Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
        }
        finally
        {
            platform.Authorization.IsAway = false;
        }
    }

    [Fact]
    public async Task GetUser_OfHimself_NeedsNoRight()
    {
        var (user, token) = await SignedInAsync();

        var byId = await platform.As("cli").Users.GetUserAsync(new() { UserId = user.UserId }, AuthClients.Bearer(token));
        var byName = await platform.As("cli").Users.GetUserAsync(new() { Username = user.Username }, AuthClients.Bearer(token));

        Assert.Equal(user, byId.User);
        Assert.Equal(user, byName.User);
    }

    [Fact]
    public async Task UserEnumeration_ByGetUser_TellsNothingToThoseWithoutTheRight()
    {
        var (_, token) = await SignedInAsync();
        var other = await platform.MakeUserAsync();

        var there = await RefusedAsync(platform.As("cli").Users.GetUserAsync(new() { Username = other.Username }, AuthClients.Bearer(token)));
        var notThere = await RefusedAsync(platform.As("cli").Users.GetUserAsync(new() { Username = "nobody-at-all" }, AuthClients.Bearer(token)));

        Assert.Equal((ErrorReason.PermissionDenied, there.Message), (notThere.Reason, notThere.Message));
    }

    [Fact]
    public async Task GetUser_ThatIsNotThere_IsNotFoundForAnAdministrator()
    {
        var refusal = await RefusedAsync(platform.As("cli").Users.GetUserAsync(
            new() { UserId = "01980000-0000-7000-8000-000000000009" }, await AdministratorAsync()));

        Assert.Equal(ErrorReason.UserNotFound, refusal.Reason);
    }

    [Fact]
    public async Task GetUser_WithNeitherKey_NamesTheField()
    {
        var refusal = await RefusedAsync(platform.As("cli").Users.GetUserAsync(new(), await AdministratorAsync()));

        Assert.Equal(ErrorReason.FieldInvalid, refusal.Reason);
        Assert.Equal("user_id", Assert.Single(refusal.Violations).Field);
    }

    [Fact]
    public async Task ListUsers_PageByPage_GivesEachOnceInOrder()
    {
        for (var i = 0; i < 5; i++)
        {
            await platform.MakeUserAsync();
        }

        var administrator = await AdministratorAsync();
        var all = (await platform.As("cli").Users.ListUsersAsync(new(), administrator)).Users.Select(user => user.Username).ToList();
        var paged = new List<string>();
        var request = new ListUsersRequest { PageSize = 2 };
        do
        {
            var page = await platform.As("cli").Users.ListUsersAsync(request, administrator);
            Assert.True(page.Users.Count <= 2);
            paged.AddRange(page.Users.Select(user => user.Username));
            request.PageToken = page.NextPageToken;
        }
        while (request.PageToken.Length > 0);

        Assert.Equal(all, paged);
        Assert.Equal(all.Order(StringComparer.Ordinal), paged);
    }

    [Theory]
    [InlineData("!")]
    [InlineData("AAAA")]
    [InlineData("bm9ib2R5LWF0LWFsbA")]
    [InlineData("cm9vdC1vZi1hbGw=")]
    public async Task ListUsers_WithATokenThatWasNotGiven_IsRefused(string token)
    {
        var refusal = await RefusedAsync(platform.As("cli").Users.ListUsersAsync(new() { PageToken = token }, await AdministratorAsync()));

        Assert.Equal(ErrorReason.PageTokenInvalid, refusal.Reason);
    }

    private static CreateUserRequest Request(string username, string password = AuthPlatform.Password) => new() { Username = username, Password = password };

    private async Task<Grpc.Core.Metadata> AdministratorAsync() => AuthClients.Bearer(await platform.AdministratorTokenAsync());

    private async Task<(User User, string Token)> SignedInAsync()
    {
        var user = await platform.MakeUserAsync();
        return (user, (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token);
    }

    private async Task<string> PasswordTokenOfAnAdministratorAsync()
    {
        var (user, token) = await SignedInAsync();
        platform.Authorization.Roles[user.UserId] = "admin";
        return token;
    }
}
