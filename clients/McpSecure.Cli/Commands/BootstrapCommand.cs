using System.CommandLine;
using McpSecure.Auth.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure bootstrap</c>: makes the platform's first administrator.</summary>
internal static class BootstrapCommand
{
    public static Command Create(CommandRunner runner)
    {
        var name = new Argument<string>("user") { Description = "The administrator's name: a lower-case letter, then a-z 0-9 - _ ." };
        var secret = new SecretOption("secret", "the one-time secret");
        var password = new SecretOption("password", "the password");
        var command = new Command("bootstrap", "Make the first administrator, with the one-time secret that the platform printed at its start.") { name };
        secret.AddTo(command);
        password.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var username = invocation.Arguments.GetRequiredValue(name);
            var request = new BootstrapAdministratorRequest
            {
                Username = username,
                Secret = secret.Read(invocation).Reveal(),
                Password = password.ReadNew(invocation).Reveal(),
            };
            var response = await invocation.ConnectAsWorkload().SignIns.BootstrapAdministratorAsync(request, cancellationToken: cancellationToken);

            invocation.Answer.Write(new Bootstrapped(response.UserId, username), made => Table.Details(("User id", made.UserId), ("Name", made.Username)));
            invocation.Answer.Note($"Next: `mcpsecure signin {username}`, then `mcpsecure mfa enrol`: administration needs a second factor.");
        });
    }

    private sealed record Bootstrapped(string UserId, string Username);
}
