using System.CommandLine;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Commands of <c>mcpsecure secrets</c> that take versions away, bring them back, and end a secret.</summary>
internal static class SecretVersionCommands
{
    public static Command Delete(CommandRunner runner) =>
        OnVersions(runner, new("delete", "Delete versions so that `undelete` can bring them back."), async (secrets, path, versions, cancellationToken) =>
            (await secrets.DeleteSecretVersionsAsync(new() { Path = path, Versions = { versions } }, cancellationToken: cancellationToken)).Secret);

    public static Command Undelete(CommandRunner runner) =>
        OnVersions(runner, new("undelete", "Bring deleted versions back."), async (secrets, path, versions, cancellationToken) =>
            (await secrets.UndeleteSecretVersionsAsync(new() { Path = path, Versions = { versions } }, cancellationToken: cancellationToken)).Secret);

    public static Command Destroy(CommandRunner runner) =>
        OnVersions(runner, new("destroy", "Destroy the values of versions for good."), async (secrets, path, versions, cancellationToken) =>
            (await secrets.DestroySecretVersionsAsync(new() { Path = path, Versions = { versions } }, cancellationToken: cancellationToken)).Secret);

    public static Command Remove(CommandRunner runner)
    {
        var path = SecretCommands.PathArgument();
        return runner.On(new Command("remove", "Destroy a secret with all its versions for good.") { path }, async (invocation, cancellationToken) =>
        {
            var removed = new Removed(invocation.Arguments.GetRequiredValue(path));
            await invocation.ConnectAsUser().Secrets.DeleteSecretAsync(new() { Path = removed.Path }, cancellationToken: cancellationToken);
            invocation.Answer.Write(removed, one => $"{one.Path} is gone.");
        });
    }

    private static Command OnVersions(
        CommandRunner runner,
        Command command,
        Func<SecretService.SecretServiceClient, string, int[], CancellationToken, Task<SecretMetadata>> call)
    {
        var (path, versions) = (SecretCommands.PathArgument(), Numbers.Versions());
        command.Add(path);
        command.Add(versions);
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var secret = await call(
                invocation.ConnectAsUser().Secrets,
                invocation.Arguments.GetRequiredValue(path),
                invocation.Arguments.GetRequiredValue(versions),
                cancellationToken);
            invocation.Answer.Write(SecretView.Of(secret), SecretView.ForPeople);
        });
    }

    private sealed record Removed(string Path);
}
