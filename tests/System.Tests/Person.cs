using McpSecure.Auth.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.SystemTests;

/// <summary>Somebody at the command line: calls the services as the workload <c>cli</c>, with a token once signed in.</summary>
internal sealed class Person : IAsyncDisposable
{
    private readonly ServiceProvider clients;

    public Person(Platform platform, string username, string password)
    {
        (Username, Password) = (username, password);
        clients = platform.Clients("cli", options => options.AccessToken = _ => ValueTask.FromResult(Token));
    }

    public string Username { get; }

    public string Password { get; }

    public string UserId { get; private set; } = "";

    public string? Token { get; private set; }

    public Authenticator? Authenticator { get; private set; }

    /// <summary>Gives a typed client that carries the person's token.</summary>
    public T Call<T>()
        where T : notnull => clients.GetRequiredService<T>();

    /// <summary>Makes the person the first administrator.</summary>
    public async Task BootstrapAsync(string secret) => await Call<AuthService.AuthServiceClient>().BootstrapAdministratorAsync(
        new BootstrapAdministratorRequest { Secret = secret, Username = Username, Password = Password });

    public async Task SignInAsync()
    {
        Token = null;
        var request = new SignInRequest { Username = Username, Password = Password, TotpCode = Authenticator is null ? "" : await Authenticator.CodeAsync() };
        var answer = await Call<AuthService.AuthServiceClient>().SignInAsync(request);
        (UserId, Token) = (answer.UserId, answer.AccessToken.Token);
    }

    public async Task EnrolAsync()
    {
        var mfa = Call<MfaService.MfaServiceClient>();
        Authenticator = new Authenticator((await mfa.BeginTotpEnrolmentAsync(new BeginTotpEnrolmentRequest())).Secret);
        var confirmed = await mfa.ConfirmTotpEnrolmentAsync(new ConfirmTotpEnrolmentRequest { TotpCode = await Authenticator.CodeAsync() });
        Token = confirmed.AccessToken.Token;
    }

    public ValueTask DisposeAsync() => clients.DisposeAsync();
}
