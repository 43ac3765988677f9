using System.CommandLine;
using McpSecure.Auth.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure users</c>: manages accounts.</summary>
internal static class UserCommands
{
    public static Command Create(CommandRunner runner) =>
        new("users", "Manage user accounts.") { Make(runner), Get(runner), List(runner) };

    private static Command Make(CommandRunner runner)
    {
        var name = new Argument<string>("name") { Description = "The name: a lower-case letter, then a-z 0-9 - _ ." };
        var email = new Option<string?>("--email") { HelpName = "ADDRESS", Description = "The address for electronic mail." };
        var password = new SecretOption("password", "the first password");
        var command = new Command("create", "Make an account with a first password.") { name, email };
        password.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new CreateUserRequest
            {
                Username = invocation.Arguments.GetRequiredValue(name),
                Password = password.ReadNew(invocation).Reveal(),
                Email = invocation.Arguments.GetValue(email) ?? "",
            };
            var response = await services.Users.CreateUserAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(UserView.Of(response.User), UserView.ForPeople);
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var nameOrId = new Argument<string>("user") { Description = "The user's name or id." };
        return runner.On(new Command("get", "Show one account.") { nameOrId }, async (invocation, cancellationToken) =>
        {
            var user = invocation.Arguments.GetRequiredValue(nameOrId);
            var response = await invocation.ConnectAsUser().Users.GetUserAsync(
                Principals.IsId(user) ? new GetUserRequest { UserId = user } : new GetUserRequest { Username = user },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(UserView.Of(response.User), UserView.ForPeople);
        });
    }

    private static Command List(CommandRunner runner)
    {
        var limit = Pages.Limit();
        return runner.On(new Command("list", "List the accounts by name.") { limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var users = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Users.ListUsersAsync(new ListUsersRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.Users, page.NextPageToken);
            });

            invocation.Answer.Write(new UserList([.. users.Select(UserView.Of)]), list => Table.Rows(
                "No accounts.",
                ["Name", "User id", "Email", "Authenticator", "Made"],
                list.Users.Select(user => new[]
                {
                    user.Username, user.UserId, user.Email ?? "", Text.YesNo(user.TotpEnrolled), Text.Time(user.CreatedAt),
                })));
        });
    }

    private sealed record UserList(IReadOnlyList<UserView> Users);

    private sealed record UserView(string UserId, string Username, string? Email, bool TotpEnrolled, DateTimeOffset CreatedAt)
    {
        public static UserView Of(User user) => new(
            user.UserId, user.Username, user.Email.Length > 0 ? user.Email : null, user.TotpEnrolled, user.CreatedAt.ToDateTimeOffset());

        public static string ForPeople(UserView user) => Table.Details(
            ("Name", user.Username),
            ("User id", user.UserId),
            ("Email", user.Email ?? ""),
            ("Authenticator", Text.YesNo(user.TotpEnrolled)),
            ("Made", Text.Time(user.CreatedAt)));
    }
}
