using System.CommandLine;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure totp</c>: shows the code of an authenticator secret, for scripts that have no telephone.</summary>
internal static class TotpCommand
{
    public static Command Create(CommandRunner runner)
    {
        var next = new Option<bool>("--next") { Description = "The code of the next 30 seconds: services accept it already, and a code works once." };
        var secret = new SecretOption("secret", "the authenticator secret in Base32");
        var command = new Command("totp", "Compute the current code of an authenticator secret (RFC 6238). No service is called.") { next };
        secret.AddTo(command);

        return runner.On(command, (invocation, _) =>
        {
            var bytes = Base32.TryDecode(secret.Read(invocation).Reveal());
            if (bytes is not { Length: > 0 })
            {
                throw CommandFailure.InvalidInput("The authenticator secret is not Base32.", "It has the letters A-Z and the digits 2-7.");
            }

            var now = invocation.Clock.GetUtcNow();
            var steps = invocation.Arguments.GetValue(next) ? 1 : 0;
            invocation.Answer.Write(new TotpCode(Totp.Code(bytes, now, steps), Totp.SecondsLeft(now, steps)), code => code.Code);
            return Task.CompletedTask;
        });
    }

    private sealed record TotpCode(string Code, int SecondsLeft);
}
