using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Client.Tests;

/// <summary>Looks at what calls carry and how often they are tried.</summary>
public sealed class CallDefaultsTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private BareServer authorization = null!;
    private BareServer auth = null!;

    public async Task InitializeAsync()
    {
        authorization = await BareServer.StartAsync(pki, Peers.Authorization);
        auth = await BareServer.StartAsync(pki, Peers.Auth);
    }

    public async Task DisposeAsync()
    {
        await authorization.DisposeAsync();
        await auth.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Call_WithoutADeadline_GetsTheDefault()
    {
        await using var clients = Clients(options => options.Deadline = TimeSpan.FromSeconds(7));
        var before = Now();

        await CheckAsync(clients);

        Assert.InRange(authorization.Behaviour.Calls.Single().Deadline, before.AddSeconds(6), Now().AddSeconds(7));
    }

    [Fact]
    public async Task Call_WithADeadline_KeepsIt()
    {
        await using var clients = Clients();

        await clients.GetRequiredService<AuthorizationService.AuthorizationServiceClient>()
            .CheckPermissionAsync(new CheckPermissionRequest(), deadline: Now().AddMinutes(5));

        Assert.InRange(authorization.Behaviour.Calls.Single().Deadline, Now().AddMinutes(4), Now().AddMinutes(5));
    }

    [Fact]
    public async Task Call_WithATokenProvider_CarriesItsToken()
    {
        await using var clients = Clients(options => options.AccessToken = _ => ValueTask.FromResult<string?>("abc"));

        await CheckAsync(clients);

        Assert.Equal("Bearer abc", authorization.Behaviour.Calls.Single().Authorization);
    }

    [Fact]
    public async Task Call_WithATokenOfItsOwn_CarriesThatAlone()
    {
        await using var clients = Clients(options => options.AccessToken = _ => ValueTask.FromResult<string?>("abc"));

        await clients.GetRequiredService<AuthorizationService.AuthorizationServiceClient>()
            .CheckPermissionAsync(new CheckPermissionRequest(), new Metadata { { "authorization", "Bearer own" } });

        Assert.Equal("Bearer own", authorization.Behaviour.Calls.Single().Authorization);
    }

    [Fact]
    public async Task Call_WhoseProviderHasNoToken_CarriesNone()
    {
        await using var clients = Clients(options => options.AccessToken = _ => ValueTask.FromResult<string?>(null));

        await CheckAsync(clients);

        Assert.Null(authorization.Behaviour.Calls.Single().Authorization);
    }

    [Fact]
    public async Task IdempotentCall_AnsweredUnavailable_IsTriedAgain()
    {
        authorization.Behaviour.OnCall = number => Unavailable(number < 3);
        await using var clients = Clients();

        await CheckAsync(clients);

        Assert.Equal(3, authorization.Behaviour.Calls.Count);
    }

    [Fact]
    public async Task IdempotentCall_AnsweredUnavailableAlways_IsGivenUp()
    {
        authorization.Behaviour.OnCall = _ => Unavailable(true);
        await using var clients = Clients(options => options.MaxAttempts = 3);

        var error = await Assert.ThrowsAsync<RpcException>(() => CheckAsync(clients));

        Assert.Equal(StatusCode.Unavailable, error.StatusCode);
        Assert.Equal(3, authorization.Behaviour.Calls.Count);
    }

    [Fact]
    public async Task IdempotentCall_ToAServerThatIsDown_FailsWithoutStorming()
    {
        authorization.Behaviour.OnCall = _ => Unavailable(true);
        await using var clients = Clients(options => options.MaxAttempts = 4);

        for (var i = 0; i < 20; i++)
        {
            await Assert.ThrowsAsync<RpcException>(() => CheckAsync(clients));
        }

        // 20 calls with a budget of ten failures: not 80 tries.
        Assert.InRange(authorization.Behaviour.Calls.Count, 20, 40);
    }

    [Fact]
    public async Task IdempotentCall_AnsweredOtherwise_IsNotTriedAgain()
    {
        authorization.Behaviour.OnCall = _ => throw new RpcException(new Status(StatusCode.ResourceExhausted, ""));
        await using var clients = Clients();

        await Assert.ThrowsAsync<RpcException>(() => CheckAsync(clients));

        Assert.Single(authorization.Behaviour.Calls);
    }

    [Fact]
    public async Task OtherCall_AnsweredUnavailable_IsNotTriedAgain()
    {
        auth.Behaviour.OnCall = _ => Unavailable(true);
        await using var clients = Clients();

        await Assert.ThrowsAsync<RpcException>(async () =>
            await clients.GetRequiredService<AuthService.AuthServiceClient>().SignInAsync(new SignInRequest()));

        Assert.Single(auth.Behaviour.Calls);
    }

    [Fact]
    public async Task Client_WithoutAnAddress_NamesTheSetting()
    {
        await using var clients = Clients();

        var error = Assert.Throws<InvalidOperationException>(clients.GetRequiredService<Audit.V1.AuditService.AuditServiceClient>);

        Assert.StartsWith("Peers:audit is not set", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_ThatIsRenewed_IsShownByNewConnections()
    {
        await using var clients = Clients(options => options.ConnectionLifetime = TimeSpan.FromSeconds(1));
        await CheckAsync(clients);

        pki.Workload("webshop");
        clients.GetRequiredService<CertificateFiles>().Refresh();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (authorization.Behaviour.Clients.Count < 2)
        {
            await Task.Delay(100, patience.Token);
            await CheckAsync(clients);
        }

        Assert.Equal(2, authorization.Behaviour.Clients.Distinct().Count());
    }

    private static void Unavailable(bool really)
    {
        if (really)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, ""));
        }
    }

    private static DateTime Now() => TimeProvider.System.GetUtcNow().UtcDateTime;

    private static async Task CheckAsync(ServiceProvider clients) =>
        await clients.GetRequiredService<AuthorizationService.AuthorizationServiceClient>().CheckPermissionAsync(new CheckPermissionRequest());

    private ServiceProvider Clients(Action<McpSecureClientOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddMcpSecure(options =>
        {
            TestPki.Configure(options, pki.Workload("webshop"), (Peers.Authorization, authorization.Address), (Peers.Auth, auth.Address));
            configure?.Invoke(options);
        });
        return services.BuildServiceProvider();
    }
}
