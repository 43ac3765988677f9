using System.CommandLine;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keyrings</c>: manages named rows of keys.</summary>
internal static class KeyringCommands
{
    public static Command Create(CommandRunner runner) =>
        new("keyrings", "Manage keyrings: named rows of key versions.")
        {
            Make(runner),
            Get(runner),
            List(runner),
            Rotate(runner),
            KeyringLifeCommands.Update(runner),
            KeyringLifeCommands.Disable(runner),
            KeyringLifeCommands.Enable(runner),
            KeyringLifeCommands.Destroy(runner),
            KeyringLifeCommands.Spare(runner),
            PublicKeys(runner),
            KeyEncryptionKeyCommands.Create(runner),
        };

    /// <summary>Makes the argument that names a keyring.</summary>
    public static Argument<string> NameArgument() => new("name") { Description = "The keyring's name, for example service-tokens." };

    private static Command Make(CommandRunner runner)
    {
        var name = NameArgument();
        var algorithms = Enum.GetValues<KeyAlgorithm>().Where(one => one != KeyAlgorithm.Unspecified).ToDictionary(KeyringView.AlgorithmName);
        var algorithm = new Option<string>("--algorithm")
        {
            HelpName = "NAME",
            Description = "What its keys do: gcm encrypts, hs256 authenticates, others sign.",
            DefaultValueFactory = _ => KeyringView.AlgorithmName(KeyAlgorithm.Xaes256Gcm),
        };
        algorithm.AcceptOnlyFromAmong([.. algorithms.Keys]);

        return runner.On(new Command("create", "Make a keyring with a first active version.") { name, algorithm }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.CreateKeyringAsync(
                new CreateKeyringRequest
                {
                    Name = invocation.Arguments.GetRequiredValue(name),
                    Algorithm = algorithms[invocation.Arguments.GetRequiredValue(algorithm)],
                },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var name = NameArgument();
        return runner.On(new Command("get", "Show a keyring with its versions.") { name }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.GetKeyringAsync(
                new GetKeyringRequest { Name = invocation.Arguments.GetRequiredValue(name) }, cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    private static Command List(CommandRunner runner)
    {
        var limit = Pages.Limit();
        return runner.On(new Command("list", "List the keyrings by name.") { limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var keyrings = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Keyrings.ListKeyringsAsync(
                    new ListKeyringsRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.Keyrings, page.NextPageToken);
            });

            invocation.Answer.Write(new KeyringList([.. keyrings.Select(KeyringView.Of)]), list => Table.Rows(
                "No keyrings.",
                ["Name", "Algorithm", "Active version", "Versions", "Made"],
                list.Keyrings.Select(keyring => new[]
                {
                    keyring.Name, keyring.Algorithm, $"{keyring.ActiveVersion}", $"{keyring.Versions.Count}", Text.Time(keyring.CreatedAt),
                })));
        });
    }

    private static Command Rotate(CommandRunner runner)
    {
        var name = NameArgument();
        var atOnce = new Option<bool>("--at-once") { Description = "Sign with it at once; verifiers may not know it yet." };
        return runner.On(new Command("rotate", "Make a new version; older ones go on decrypting.") { name, atOnce }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.RotateKeyringAsync(
                new RotateKeyringRequest { Name = invocation.Arguments.GetRequiredValue(name), AtOnce = invocation.Arguments.GetValue(atOnce) }, cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    private static Command PublicKeys(CommandRunner runner)
    {
        var name = NameArgument();
        return runner.On(new Command("jwks", "Show the public keys of a signing keyring as a JWK Set (RFC 7517).") { name }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Signing.GetJwksAsync(
                new GetJwksRequest { Keyring = invocation.Arguments.GetRequiredValue(name) }, cancellationToken: cancellationToken);
            await invocation.Terminal.Out.WriteLineAsync(response.Jwks.AsMemory(), cancellationToken);
        });
    }

    private sealed record KeyringList(IReadOnlyList<KeyringView> Keyrings);
}
