using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Commands of <c>mcpsecure keyrings</c> that take keys through their life: settings, out of use and back, destroyed or spared.</summary>
internal static class KeyringLifeCommands
{
    public static Command Update(CommandRunner runner)
    {
        var name = KeyringCommands.NameArgument();
        var every = Durations.Option("--rotate-every", "Rotate by itself: 12h, 30d; 0d for not.");
        var minimum = Numbers.Optional("--min-version", "NUMBER", "The first version that may decrypt and verify.", least: 1);
        var command = new Command("update", "Set how often a keyring rotates, and which versions are of use.") { name, every, minimum };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new UpdateKeyringRequest
            {
                Name = invocation.Arguments.GetRequiredValue(name),
                RotationPeriod = invocation.Arguments.GetValue(every) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            if (invocation.Arguments.GetValue(minimum) is { } version)
            {
                request.MinDecryptionVersion = version;
            }

            var response = await invocation.ConnectAsUser().Keyrings.UpdateKeyringAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    public static Command Disable(CommandRunner runner)
    {
        var (name, version) = (KeyringCommands.NameArgument(), Numbers.Version());
        return runner.On(new Command("disable", "Take a version out of use; its key is kept.") { name, version }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.DisableKeyVersionAsync(
                new() { Name = invocation.Arguments.GetRequiredValue(name), Version = invocation.Arguments.GetRequiredValue(version) },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    public static Command Enable(CommandRunner runner)
    {
        var (name, version) = (KeyringCommands.NameArgument(), Numbers.Version());
        return runner.On(new Command("enable", "Let a disabled version decrypt and verify again.") { name, version }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.EnableKeyVersionAsync(
                new() { Name = invocation.Arguments.GetRequiredValue(name), Version = invocation.Arguments.GetRequiredValue(version) },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    public static Command Destroy(CommandRunner runner)
    {
        var (name, version) = (KeyringCommands.NameArgument(), VersionOption());
        var delay = Durations.Option("--delay", "How long it can be called off: 45d. Default: the least that the service allows.");
        var whole = new Option<bool>("--whole") { Description = "The whole keyring, with everything that it encrypted." };
        var command = new Command("destroy", "Schedule the end of a version or keyring; it is unusable at once.") { name, version, whole, delay };

        // To leave a number out must not mean more than to give it.
        command.Validators.Add(result =>
        {
            if (result.GetValue(version) is null == !result.GetValue(whole))
            {
                result.AddError("Give --version or --whole, one of them.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new ScheduleDestructionRequest
            {
                Name = invocation.Arguments.GetRequiredValue(name),
                Delay = invocation.Arguments.GetValue(delay) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            if (invocation.Arguments.GetValue(version) is { } number)
            {
                request.Version = number;
            }

            var response = await invocation.ConnectAsUser().Keyrings.ScheduleDestructionAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
            invocation.Answer.Note("Until then: `mcpsecure keyrings spare`. Afterwards nothing brings it back.");
        });
    }

    public static Command Spare(CommandRunner runner)
    {
        var (name, version) = (KeyringCommands.NameArgument(), VersionOption());
        var command = new Command("spare", "Call the end of a version, or else of the keyring, off; all is as before.") { name, version };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new CancelDestructionRequest { Name = invocation.Arguments.GetRequiredValue(name) };
            if (invocation.Arguments.GetValue(version) is { } number)
            {
                request.Version = number;
            }

            var response = await invocation.ConnectAsUser().Keyrings.CancelDestructionAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(KeyringView.Of(response.Keyring), KeyringView.ForPeople);
        });
    }

    private static Option<int?> VersionOption() => Numbers.Optional("--version", "NUMBER", "The version's number.", least: 1);
}
