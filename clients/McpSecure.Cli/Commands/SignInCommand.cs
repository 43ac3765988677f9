using System.CommandLine;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Cli.Input;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure signin</c>: trades a password, and a code where one is needed, for a session.</summary>
internal static class SignInCommand
{
    public static Command Create(CommandRunner runner)
    {
        var name = new Argument<string>("user") { Description = "The user's name." };
        var password = new SecretOption("password", "the password");
        var code = new SecretOption("code", "the authenticator's code");
        var command = new Command("signin", "Sign in with a password, and a code where the account has an authenticator.") { name };
        password.AddTo(command);
        code.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new SignInRequest
            {
                Username = invocation.Arguments.GetRequiredValue(name),
                Password = password.Read(invocation).Reveal(),
                TotpCode = code.IsGiven(invocation.Arguments) ? code.Read(invocation).Reveal() : "",
            };
            var signIns = invocation.ConnectAsWorkload().SignIns;
            var response = await SignInAsync(signIns, request, () => code.Read(invocation), invocation.Terminal, cancellationToken);

            var session = SessionView.Keep(invocation.Sessions, response.UserId, request.Username, response.AccessToken);
            invocation.Answer.Write(session, SessionView.ForPeople);
        });
    }

    private static async Task<SignInResponse> SignInAsync(
        AuthService.AuthServiceClient signIns,
        SignInRequest request,
        Func<Secret> askForCode,
        Terminal terminal,
        CancellationToken cancellationToken)
    {
        try
        {
            return await signIns.SignInAsync(request, cancellationToken: cancellationToken);
        }
        catch (RpcException e) when (terminal.CanAsk && McpSecureError.From(e).Reason == ErrorReason.SecondFactorRequired)
        {
            request.TotpCode = askForCode().Reveal();
            return await signIns.SignInAsync(request, cancellationToken: cancellationToken);
        }
    }
}
