using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure credentials</c>: makes a role in a database for whoever is signed in.</summary>
internal static class CredentialCommands
{
    public static Command Create(CommandRunner runner) => new("credentials", "Make database credentials that end by themselves.") { Make(runner) };

    private static Command Make(CommandRunner runner)
    {
        var (database, template) = (TemplateCommands.DatabaseArgument(), new Argument<string>("template") { Description = "The template's name." });
        var lifetime = Durations.Option("--lifetime", "How long they live unless they are renewed: 10m, 12h. Default: as the template says.");
        var secretOut = new SecretOutOption("the password");
        var command = new Command("create", "Make a role from a template and show its password, this once.") { database, template, lifetime, secretOut.Option };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            using var prepared = secretOut.Prepare(invocation);
            var request = new CreateCredentialsRequest
            {
                Database = invocation.Arguments.GetRequiredValue(database),
                Template = invocation.Arguments.GetRequiredValue(template),
                Lifetime = invocation.Arguments.GetValue(lifetime) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            var response = await services.Databases.CreateCredentialsAsync(request, cancellationToken: cancellationToken);
            var file = SecretOutOption.TryKeep(prepared, response.Password);
            var made = new Credentials(
                response.LeaseId,
                response.Username,
                file is null ? response.Password : null,
                file,
                response.ExpiresAt.ToDateTimeOffset(),
                response.MaxExpiresAt.ToDateTimeOffset());
            invocation.Answer.Write(made, one => Table.Details(
                ("Lease", one.LeaseId),
                ("Username", one.Username),
                one.SecretFile is null ? ("Password", one.Password!) : ("Password in", one.SecretFile),
                ("Ends", Text.Time(one.ExpiresAt)),
                ("Renewable to", Text.Time(one.MaxExpiresAt))));
            if (file is null)
            {
                invocation.Answer.Note("Keep the password now: it is never shown again.");
            }
        });
    }

    private sealed record Credentials(
        string LeaseId, string Username, string? Password, string? SecretFile, DateTimeOffset ExpiresAt, DateTimeOffset MaxExpiresAt);
}
