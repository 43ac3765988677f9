using System.CommandLine;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure whoami</c>: shows who is signed in, as the platform sees him now.</summary>
internal static class WhoAmICommand
{
    public static Command Create(CommandRunner runner)
    {
        var showToken = new Option<bool>("--show-token")
        {
            Description = "Print nothing but the access token, for `authorization: Bearer` elsewhere. Whoever has it is you until it ends.",
        };
        return runner.On(new Command("whoami", "Show who is signed in, with his roles.") { showToken }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            if (invocation.Arguments.GetValue(showToken))
            {
                invocation.Answer.Write(new ShownToken(session.Token.Reveal(), session.ExpiresAt), shown => shown.Token);
                return;
            }

            // Both are answered to any user about himself, and neither to a token that has ended.
            var user = await services.Users.GetUserAsync(new GetUserRequest { UserId = session.UserId }, cancellationToken: cancellationToken);
            var held = await services.Roles.ListRoleAssignmentsAsync(
                new ListRoleAssignmentsRequest { Principal = Principals.User(session.UserId) }, cancellationToken: cancellationToken);

            invocation.Answer.Write(
                new Identity(
                    user.User.UserId,
                    user.User.Username,
                    [.. held.Assignments.Select(assignment => assignment.Role)],
                    session.AuthenticationMethods,
                    user.User.TotpEnrolled,
                    session.ExpiresAt),
                who => Table.Details(
                    ("Name", who.Username),
                    ("User id", who.UserId),
                    ("Roles", Text.List(who.Roles)),
                    ("Proven by", Text.List(who.AuthenticationMethods)),
                    ("Authenticator", Text.YesNo(who.TotpEnrolled)),
                    ("Until", Text.Time(who.ExpiresAt))));
        });
    }

    private sealed record Identity(
        string UserId,
        string Username,
        IReadOnlyList<string> Roles,
        IReadOnlyList<string> AuthenticationMethods,
        bool TotpEnrolled,
        DateTimeOffset ExpiresAt);

    private sealed record ShownToken(string Token, DateTimeOffset ExpiresAt);
}
