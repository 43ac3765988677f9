using System.CommandLine;
using McpSecure.Auth.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure mfa</c>: gives the user who is signed in an authenticator.</summary>
internal static class MfaCommands
{
    public static Command Create(CommandRunner runner) =>
        new("mfa", "Manage the second factor of the user who is signed in.") { Enrol(runner), Confirm(runner) };

    private static Command Enrol(CommandRunner runner)
    {
        var secretOut = new SecretOutOption("the secret");
        var command = new Command("enrol", "Make an authenticator secret; it counts once `mfa confirm` has seen a code of it.") { secretOut.Option };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            using var prepared = secretOut.Prepare(invocation);
            var response = await services.SecondFactors.BeginTotpEnrolmentAsync(
                new BeginTotpEnrolmentRequest(), cancellationToken: cancellationToken);

            var path = SecretOutOption.TryKeep(prepared, response.Secret);
            var enrolment = path is null
                ? new Enrolment(response.Secret, response.OtpauthUri, SecretFile: null)
                : new Enrolment(Secret: null, OtpauthUri: null, path);
            invocation.Answer.Write(enrolment, made => made.SecretFile is { } file
                ? Table.Details(("Secret in", file))
                : Table.Details(("Secret", made.Secret!), ("URI", made.OtpauthUri!)));

            invocation.Answer.Note("Next: give it to an authenticator, then `mcpsecure mfa confirm` with the code it shows.");
        });
    }

    private static Command Confirm(CommandRunner runner)
    {
        var code = new SecretOption("code", "the authenticator's code");
        var command = new Command("confirm", "Put the authenticator to use with a code it shows; the session then counts as proven by it.");
        code.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var response = await services.SecondFactors.ConfirmTotpEnrolmentAsync(
                new ConfirmTotpEnrolmentRequest { TotpCode = code.Read(invocation).Reveal() }, cancellationToken: cancellationToken);

            invocation.Answer.Write(
                SessionView.Keep(invocation.Sessions, session.UserId, session.Username, response.AccessToken), SessionView.ForPeople);
        });
    }

    private sealed record Enrolment(string? Secret, string? OtpauthUri, string? SecretFile);
}
