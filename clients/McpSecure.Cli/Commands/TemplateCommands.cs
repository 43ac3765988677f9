using System.CommandLine;
using System.Text;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Cli.Input;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure databases templates</c>: the ways to make roles in a database.</summary>
internal static class TemplateCommands
{
    public static Command Create(CommandRunner runner) => new("templates", "Manage the SQL that makes, renews and removes roles.") { Put(runner), Delete(runner) };

    /// <summary>Makes the argument that names a database.</summary>
    public static Argument<string> DatabaseArgument() => new("database") { Description = "The database's name; `mcpsecure databases list` shows it." };

    private static Command Put(CommandRunner runner)
    {
        var (database, name) = (DatabaseArgument(), new Argument<string>("name") { Description = "What to call the template, for example reader." });
        var creation = new DataInput("the SQL that makes a role, with {{name}}, {{password}} and {{expiration}},");
        var renewal = FileOption.Create("--renewal-file", "Read the SQL that moves its end, with {{name}} and {{expiration}}, from FILE.");
        var revocation = FileOption.Create("--revocation-file", "Read the SQL that removes it, with {{name}}, from FILE.");
        var lifetime = Durations.Option("--lifetime", "How long a lease lives that does not say how long, 10s to 30d.");
        var longest = Durations.Option("--max-lifetime", "The longest that a lease lives with all its renewals, to 30d.");
        lifetime.Required = longest.Required = true;
        var most = Numbers.Optional("--max-leases", "N", "The most leases at a time, of all owners, to 100000. Default: as Crypto's Leases:MaxPerTemplate says.", least: 1, most: 100_000);
        var command = new Command("put", "Write a template; it is tried on the database, and nothing of the trial stays.")
        {
            database, name, creation.Option, renewal, revocation, lifetime, longest, most,
        };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new PutCredentialTemplateRequest
            {
                Database = invocation.Arguments.GetRequiredValue(database),
                Name = invocation.Arguments.GetRequiredValue(name),
                CreationStatements = Encoding.UTF8.GetString(await creation.ReadAsync(invocation, cancellationToken)),
                RenewalStatements = await ReadAsync(invocation.Arguments.GetValue(renewal), cancellationToken),
                RevocationStatements = await ReadAsync(invocation.Arguments.GetValue(revocation), cancellationToken),
                DefaultLifetime = Duration.FromTimeSpan(invocation.Arguments.GetValue(lifetime)!.Value),
                MaxLifetime = Duration.FromTimeSpan(invocation.Arguments.GetValue(longest)!.Value),
                MaxLeases = invocation.Arguments.GetValue(most) ?? 0,
            };
            var response = await services.Databases.PutCredentialTemplateAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(TemplateView.Of(response.Template), TemplateView.ForPeople);
        });
    }

    private static Command Delete(CommandRunner runner)
    {
        var (database, name) = (DatabaseArgument(), new Argument<string>("name") { Description = "The template's name." });
        return runner.On(new Command("delete", "Delete a template; its leases live on and end as it said last.") { database, name }, async (invocation, cancellationToken) =>
        {
            var deleted = new Deleted(invocation.Arguments.GetRequiredValue(database), invocation.Arguments.GetRequiredValue(name));
            await invocation.ConnectAsUser().Databases.DeleteCredentialTemplateAsync(
                new() { Database = deleted.Database, Name = deleted.Name }, cancellationToken: cancellationToken);
            invocation.Answer.Write(deleted, one => $"{one.Name} is deleted.");
        });
    }

    private static async Task<string> ReadAsync(string? path, CancellationToken cancellationToken) =>
        path is null ? "" : Encoding.UTF8.GetString(await InputFiles.ReadAllAsync(path, cancellationToken));

    private sealed record Deleted(string Database, string Name);
}
