using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Client.Tests;

/// <summary>Puts servers with every kind of wrong certificate where Authorization should be.</summary>
public sealed class ServerImpersonationTests : IDisposable
{
    private readonly TestPki pki = new() { Authority = TestAuthority.Root(leavesOnly: false) };

    public void Dispose() => pki.Dispose();

    [Fact]
    public async Task Server_WithTheExpectedIdentity_IsCalled()
    {
        using var leaf = pki.Authority.Issue(TestLeaf.Of("authorization"));

        Assert.True(await IsCalledAsync(leaf));
    }

    [Fact]
    public async Task Server_IssuedByAnIntermediate_IsCalled()
    {
        using var intermediate = pki.Authority.Intermediate();
        using var leaf = intermediate.Issue(TestLeaf.Of("authorization"));

        Assert.True(await IsCalledAsync(leaf, intermediate.Certificate));
    }

    [Fact]
    public async Task Server_OfAnotherAuthority_IsNotCalled()
    {
        using var stranger = TestAuthority.Root();
        using var leaf = stranger.Issue(TestLeaf.Of("authorization"));

        Assert.False(await IsCalledAsync(leaf));
    }

    [Fact]
    public async Task Server_SelfSignedWithTheExpectedIdentity_IsNotCalled()
    {
        using var leaf = TestAuthority.SelfSigned(TestLeaf.Of("authorization"));

        Assert.False(await IsCalledAsync(leaf));
    }

    public static TheoryData<string, TestLeaf> WrongLeaves() => new()
    {
        { "another service of ours", TestLeaf.Of("audit") },
        { "an application of ours", TestLeaf.Of("webshop") },
        { "expired", TestLeaf.Of("authorization") with { Begins = TimeSpan.FromHours(-2), Ends = TimeSpan.FromHours(-1) } },
        { "not yet valid", TestLeaf.Of("authorization") with { Begins = TimeSpan.FromHours(1), Ends = TimeSpan.FromHours(2) } },
        { "two SPIFFE ids, the right one first", new TestLeaf("spiffe://mcpsecure.local/svc/authorization", "spiffe://mcpsecure.local/svc/audit") },
        { "two SPIFFE ids, the right one last", new TestLeaf("spiffe://mcpsecure.local/svc/audit", "spiffe://mcpsecure.local/svc/authorization") },
        { "the right host name only", new TestLeaf() { DnsNames = ["localhost"] } },
        { "another trust domain", new TestLeaf("spiffe://example.org/svc/authorization") },
        { "client authentication only", TestLeaf.Of("authorization") with { Usages = [TestLeaf.ClientAuthentication] } },
        { "no extended key usage", TestLeaf.Of("authorization") with { Usages = null } },
        { "a certificate authority's", TestLeaf.Of("authorization") with { IsAuthority = true } },
    };

    [Theory]
    [MemberData(nameof(WrongLeaves))]
    public async Task Server_WithAWrongLeaf_IsNotCalled(string kind, TestLeaf wrong)
    {
        using var leaf = pki.Authority.Issue(wrong);

        Assert.False(await IsCalledAsync(leaf), kind);
    }

    private async Task<bool> IsCalledAsync(X509Certificate2 leaf, params X509Certificate2[] intermediates)
    {
        await using var server = await BareServer.StartAsync(leaf, intermediates);
        var log = new LogCapture();
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddMcpSecure(options =>
        {
            TestPki.Configure(options, pki.Workload("webshop"), (Peers.Authorization, server.Address));
            options.MaxAttempts = 1;
            options.AccessToken = _ => ValueTask.FromResult<string?>("a token that an impostor would like to have");
        });
        await using var provider = services.BuildServiceProvider();

        try
        {
            await provider.GetRequiredService<AuthorizationService.AuthorizationServiceClient>().CheckPermissionAsync(new CheckPermissionRequest());
            return true;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable)
        {
            Assert.Empty(server.Behaviour.Calls);
            Assert.Contains(log.Lines, line => line.Contains("its certificate does not prove spiffe://mcpsecure.local/svc/authorization", StringComparison.Ordinal));
            return false;
        }
    }
}
