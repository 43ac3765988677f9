using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure secrets</c>: keeps values at paths, in versions.</summary>
internal static class SecretCommands
{
    public static Command Create(CommandRunner runner) => new("secrets", "Keep secrets at paths, in versions.")
    {
        Put(runner),
        Get(runner),
        Describe(runner),
        List(runner),
        SecretSettingsCommand.Create(runner),
        SecretVersionCommands.Delete(runner),
        SecretVersionCommands.Undelete(runner),
        SecretVersionCommands.Destroy(runner),
        SecretVersionCommands.Remove(runner),
    };

    /// <summary>Makes the argument that names a secret.</summary>
    public static Argument<string> PathArgument() => new("path") { Description = "Where the secret lies, for example billing/stripe-key." };

    private static Command Put(CommandRunner runner)
    {
        var path = PathArgument();
        var input = new DataInput("the value");
        var expected = Numbers.Optional("--expect-version", "NUMBER", "Write only if this is the newest version; 0: only if there is no secret.", least: 0);
        var lifetime = Durations.Option("--lifetime", "How long this version lives: 90s, 12h, 30d. Default: as the secret's settings say.");
        var command = new Command("put", "Write a new version, to the byte; at most 64 KiB.") { path, input.Option, expected, lifetime };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new PutSecretRequest
            {
                Path = invocation.Arguments.GetRequiredValue(path),
                Value = UnsafeByteOperations.UnsafeWrap(await input.ReadHiddenAsync(invocation, cancellationToken)),
                Lifetime = invocation.Arguments.GetValue(lifetime) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            if (invocation.Arguments.GetValue(expected) is { } version)
            {
                request.ExpectedVersion = version;
            }

            var response = await services.Secrets.PutSecretAsync(request, cancellationToken: cancellationToken);
            var written = SecretVersionView.Of(response.Version);
            invocation.Answer.Write(
                new Written(request.Path, written.Version, written.CreatedAt, written.ExpiresAt),
                one => Table.Details(("Path", one.Path), ("Version", $"{one.Version}"), ("Made", Text.Time(one.CreatedAt)), ("Ends", Text.Time(one.ExpiresAt))));
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var path = PathArgument();
        var version = Numbers.Optional("--version", "NUMBER", "The version to read. Default: the newest.", least: 1);
        var output = new DataOutput("the value");
        return runner.On(new Command("get", "Read a value, to the byte.") { path, version, output.Option }, async (invocation, cancellationToken) =>
        {
            var request = new GetSecretRequest
            {
                Path = invocation.Arguments.GetRequiredValue(path),
                Version = invocation.Arguments.GetValue(version) ?? 0,
            };
            var response = await invocation.ConnectAsUser().Secrets.GetSecretAsync(request, cancellationToken: cancellationToken);
            var read = SecretVersionView.Of(response.Version);
            await output.WriteAsync(
                invocation,
                response.Value.Memory,
                file => new Read(
                    request.Path, read.Version, read.CreatedAt, read.ExpiresAt, file is null ? Convert.ToBase64String(response.Value.Span) : null, file),
                cancellationToken);
        });
    }

    private static Command Describe(CommandRunner runner)
    {
        var path = PathArgument();
        return runner.On(new Command("describe", "Show a secret's versions and settings, without a value.") { path }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Secrets.GetSecretMetadataAsync(
                new() { Path = invocation.Arguments.GetRequiredValue(path) }, cancellationToken: cancellationToken);
            invocation.Answer.Write(SecretView.Of(response.Secret), SecretView.ForPeople);
        });
    }

    private static Command List(CommandRunner runner)
    {
        var folder = new Argument<string?>("folder") { Description = "Only what lies under it, for example billing.", Arity = ArgumentArity.ZeroOrOne };
        var limit = Pages.Limit();
        return runner.On(new Command("list", "List secrets by path, without values.") { folder, limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var secrets = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Secrets.ListSecretsAsync(
                    new ListSecretsRequest { Folder = invocation.Arguments.GetValue(folder) ?? "", PageSize = size, PageToken = token },
                    cancellationToken: cancellationToken);
                return (page.Secrets, page.NextPageToken);
            });

            invocation.Answer.Write(
                new SecretList([.. secrets.Select(one => new Summary(one.Path, one.NewestVersion, one.UpdatedAt.ToDateTimeOffset()))]),
                list => Table.Rows(
                    "No secrets.",
                    ["Path", "Newest version", "Changed"],
                    list.Secrets.Select(one => new[] { one.Path, $"{one.NewestVersion}", Text.Time(one.UpdatedAt) })));
        });
    }

    private sealed record Written(string Path, int Version, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt);

    private sealed record Read(string Path, int Version, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt, string? ValueBase64, string? File);

    private sealed record Summary(string Path, int NewestVersion, DateTimeOffset UpdatedAt);

    private sealed record SecretList(IReadOnlyList<Summary> Secrets);
}
