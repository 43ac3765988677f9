using System.CommandLine;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure databases</c>: the databases in which roles are made.</summary>
internal static class DatabaseCommands
{
    public static Command Create(CommandRunner runner) => new("databases", "Manage the Postgres databases that credentials are made in.")
    {
        Put(runner),
        List(runner),
        Delete(runner),
        TemplateCommands.Create(runner),
    };

    private static Command Put(CommandRunner runner)
    {
        var name = new Argument<string>("name") { Description = "What to call the database, for example shop." };
        var connection = new SecretOption("connection", "the connection string");
        var command = new Command("put", "Register a database, or replace how it is reached. As Npgsql writes it: Host=…;Database=…;Username=…;Password=…;SSL Mode=VerifyFull.") { name };
        connection.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var response = await services.Databases.PutDatabaseAsync(
                new() { Name = invocation.Arguments.GetRequiredValue(name), ConnectionString = connection.Read(invocation).Reveal() },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(DatabaseView.Of(response.Database), DatabaseView.ForPeople);
        });
    }

    private static Command List(CommandRunner runner) =>
        runner.On(new Command("list", "List the databases with their templates; --json shows the templates' statements."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Databases.ListDatabasesAsync(new(), cancellationToken: cancellationToken);
            invocation.Answer.Write(new DatabaseList([.. response.Databases.Select(DatabaseView.Of)]), list => Table.Rows(
                "No databases.",
                ["Name", "Host", "Database", "Account", "Leases", "Templates"],
                list.Databases.Select(one => new[]
                {
                    one.Name, one.Host, one.Database, one.Username, $"{one.Leases}", TemplateView.Names(one.Templates),
                })));
        });

    private static Command Delete(CommandRunner runner)
    {
        var name = new Argument<string>("name") { Description = "The database's name." };
        return runner.On(new Command("delete", "Forget a database and its templates; it must have no leases.") { name }, async (invocation, cancellationToken) =>
        {
            var deleted = new Deleted(invocation.Arguments.GetRequiredValue(name));
            await invocation.ConnectAsUser().Databases.DeleteDatabaseAsync(new() { Name = deleted.Name }, cancellationToken: cancellationToken);
            invocation.Answer.Write(deleted, one => $"{one.Name} is forgotten.");
        });
    }

    private sealed record DatabaseList(IReadOnlyList<DatabaseView> Databases);

    private sealed record Deleted(string Name);
}
