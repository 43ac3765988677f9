using System.Collections.Concurrent;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Client;
using Npgsql;

namespace McpSecure.Auth.Tests;

/// <summary>Plays what comes before a test begins.</summary>
internal static class AuthScenes
{
    private static readonly ConcurrentDictionary<AuthPlatform, Task<Authenticator>> Administrators = new();
    private static readonly ConcurrentDictionary<AuthPlatform, V1.AccessToken> Tokens = new();
    private static int users;

    /// <summary>Gives a token of the administrator with both factors, making him first if need be.</summary>
    public static async Task<string> AdministratorTokenAsync(this AuthPlatform platform)
    {
        var authenticator = await Administrators.GetOrAdd(platform, MakeAdministratorAsync);
        if (Tokens[platform].ExpiresAt.ToDateTimeOffset() < platform.Clock.GetUtcNow().AddMinutes(1))
        {
            platform.Clock.Advance(TimeSpan.FromSeconds(60));
            Tokens[platform] = (await platform.As("cli").Auth.SignInAsync(SignIn(AuthPlatform.Administrator, code: authenticator.Code()))).AccessToken;
        }

        return Tokens[platform].Token;
    }

    /// <summary>Makes a user with the password <see cref="AuthPlatform.Password"/>.</summary>
    public static async Task<User> MakeUserAsync(this AuthPlatform platform, string? email = null)
    {
        var request = new CreateUserRequest { Username = $"someone-{Interlocked.Increment(ref users)}", Password = AuthPlatform.Password, Email = email ?? "" };
        var answer = await platform.As("cli").Users.CreateUserAsync(request, AuthClients.Bearer(await platform.AdministratorTokenAsync()));
        return answer.User;
    }

    /// <summary>Gives a user an authenticator, and lets the time step of its first code pass.</summary>
    public static async Task<Authenticator> EnrolAsync(this AuthPlatform platform, User user)
    {
        var clients = platform.As("cli");
        var token = (await clients.Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
        var secret = (await clients.Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token))).Secret;
        var authenticator = new Authenticator(secret, platform.Clock);
        await clients.Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(token));
        platform.Clock.Advance(TimeSpan.FromSeconds(60));
        return authenticator;
    }

    public static SignInRequest SignIn(string username, string password = AuthPlatform.Password, string code = "") =>
        new() { Username = username, Password = password, TotpCode = code };

    /// <summary>Makes a call that must be refused and returns what it was refused with.</summary>
    public static async Task<McpSecureError> RefusedAsync<T>(AsyncUnaryCall<T> call) =>
        McpSecureError.From(await Assert.ThrowsAsync<RpcException>(async () => await call));

    /// <summary>Runs a statement on the service's database, as an operator would.</summary>
    public static async Task ExecuteAsync(this AuthPlatform platform, string sql)
    {
        await using var database = NpgsqlDataSource.Create(platform.Database);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Gives every row of every table of the service as text.</summary>
    public static async Task<string> DumpAsync(this AuthPlatform platform)
    {
        string[] tables = ["users", "totp_authenticators", "attempt_delays", "attempt_rates", "known_networks", "revoked_tokens", "bootstrap", "audit_outbox"];
        await using var database = NpgsqlDataSource.Create(platform.Database);
        await using var command = database.CreateCommand(string.Join(" UNION ALL ", tables.Select(table => $"SELECT '{table} ' || t::text FROM {table} t")));
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
        {
            rows.Add(reader.GetString(0));
        }

        return string.Join('\n', rows);
    }

    private static async Task<Authenticator> MakeAdministratorAsync(AuthPlatform platform)
    {
        var clients = platform.As("cli");
        await clients.Auth.BootstrapAdministratorAsync(new()
        {
            Secret = AuthPlatform.BootstrapSecret,
            Username = AuthPlatform.Administrator,
            Password = AuthPlatform.Password,
        });
        var token = (await clients.Auth.SignInAsync(SignIn(AuthPlatform.Administrator))).AccessToken.Token;
        var secret = (await clients.Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token))).Secret;
        var authenticator = new Authenticator(secret, platform.Clock);
        Tokens[platform] = (await clients.Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(token))).AccessToken;
        return authenticator;
    }
}
