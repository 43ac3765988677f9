using System.CommandLine;
using Duration = Google.Protobuf.WellKnownTypes.Duration;

namespace McpSecure.Cli.Commands;

/// <summary>
/// <c>mcpsecure secrets set</c>: changes the settings that are named. The service replaces all of them; those that are not named are read
/// first, so that to set one never costs versions that another keeps.
/// </summary>
internal static class SecretSettingsCommand
{
    public static Command Create(CommandRunner runner)
    {
        var path = SecretCommands.PathArgument();
        var max = Numbers.Optional("--max-versions", "NUMBER", "How many versions to keep, 1 to 100; older ones are destroyed.", least: 1, most: 100);
        var lifetime = Durations.Option("--lifetime", "How long versions written from now on live: 12h, 30d; 0d for ever.");
        var check = new Option<bool?>("--check-required") { HelpName = "true|false", Description = "Whether each write must say --expect-version." };
        var metadata = new Option<string[]>("--metadata")
        {
            HelpName = "KEY=VALUE",
            Description = "A fact that is no secret; without VALUE it is taken away. Once for each.",
        };
        metadata.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => token.Value.IndexOf('=', StringComparison.Ordinal) <= 0))
            {
                result.AddError($"'{token.Value}' is not KEY=VALUE.");
            }
        });
        var command = new Command("set", "Change settings of a secret; those that are not named stay.") { path, max, lifetime, check, metadata };
        command.Validators.Add(result =>
        {
            if (new Option[] { max, lifetime, check, metadata }.All(option => result.GetResult(option) is null))
            {
                result.AddError("Name a setting.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var secrets = invocation.ConnectAsUser().Secrets;
            var name = invocation.Arguments.GetRequiredValue(path);
            var described = await secrets.GetSecretMetadataAsync(new() { Path = name }, cancellationToken: cancellationToken);
            var settings = described.Secret.Settings;
            settings.MaxVersions = invocation.Arguments.GetValue(max) ?? settings.MaxVersions;
            settings.CheckRequired = invocation.Arguments.GetValue(check) ?? settings.CheckRequired;
            if (invocation.Arguments.GetValue(lifetime) is { } time)
            {
                settings.VersionLifetime = time > TimeSpan.Zero ? Duration.FromTimeSpan(time) : null;
            }

            foreach (var fact in (invocation.Arguments.GetValue(metadata) ?? []).Select(text => text.Split('=', 2)))
            {
                settings.CustomMetadata.Remove(fact[0]);
                if (fact[1].Length > 0)
                {
                    settings.CustomMetadata.Add(fact[0], fact[1]);
                }
            }

            var response = await secrets.UpdateSecretMetadataAsync(new() { Path = name, Settings = settings }, cancellationToken: cancellationToken);
            invocation.Answer.Write(SecretView.Of(response.Secret), SecretView.ForPeople);
        });
    }
}
