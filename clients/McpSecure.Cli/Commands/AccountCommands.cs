using System.CommandLine;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure accounts</c>: the accounts that the platform's services sign in to their databases with.</summary>
internal static class AccountCommands
{
    public static Command Create(CommandRunner runner) =>
        new("accounts", "See and rotate the database accounts of the platform's services.") { List(runner), Rotate(runner) };

    private static Command List(CommandRunner runner) =>
        runner.On(new Command("list", "List the accounts by workload, without passwords."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Accounts.ListDatabaseAccountsAsync(new(), cancellationToken: cancellationToken);
            invocation.Answer.Write(new AccountList([.. response.Accounts.Select(Of)]), list => Table.Rows(
                "No accounts.",
                ["Workload", "Username", "Version", "Since", "Ready"],
                list.Accounts.Select(one => new[] { one.Workload, one.Username, $"{one.Version}", Text.Time(one.Since), Text.YesNo(one.Ready) })));
        });

    private static Command Rotate(CommandRunner runner)
    {
        var workload = new Argument<string>("workload") { Description = "The service, for example auth." };
        return runner.On(new Command("rotate", "Give a service its other account, with a password that nobody knew; no call fails.") { workload }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Accounts.RotateDatabaseAccountAsync(
                new() { Workload = invocation.Arguments.GetRequiredValue(workload) }, cancellationToken: cancellationToken);
            invocation.Answer.Write(Of(response.Account), one => Table.Details(
                ("Workload", one.Workload), ("Username", one.Username), ("Version", $"{one.Version}"), ("Since", Text.Time(one.Since))));
        });
    }

    private static AccountView Of(DatabaseAccount account) =>
        new(account.Workload, account.Username, account.Version, account.Since.ToDateTimeOffset(), account.Ready);

    private sealed record AccountView(string Workload, string Username, int Version, DateTimeOffset Since, bool Ready);

    private sealed record AccountList(IReadOnlyList<AccountView> Accounts);
}
