using System.CommandLine;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Cli.Output;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure signout</c>: ends the session on the server and forgets it here.</summary>
internal static class SignOutCommand
{
    public static Command Create(CommandRunner runner) =>
        runner.On(new Command("signout", "End the session: its token is revoked and forgotten."), async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            try
            {
                await services.SignIns.RevokeTokenAsync(new RevokeTokenRequest(), cancellationToken: cancellationToken);
            }
            catch (RpcException e) when (McpSecureError.From(e).Reason == ErrorReason.TokenInvalid)
            {
                // It had ended by itself: nothing is left to revoke.
            }

            // Only now: a session whose revocation failed is kept, so that the command can be repeated.
            invocation.Sessions.Delete();
            invocation.Answer.Write(new SignedOut(session.Username), ended => Text.OneLine($"{ended.Username} is signed out."));
        });

    private sealed record SignedOut(string Username);
}
