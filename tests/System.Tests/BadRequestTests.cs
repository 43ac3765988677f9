using Google.Protobuf.Reflection;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Sends every rpc what it must not take.</summary>
[Collection(PlatformTests.Name)]
public sealed class BadRequestTests(PlatformFixture fixture)
{
    // Field 15 000 as a varint of 1: no request has it.
    private static readonly byte[] UnknownField = [0xC0, 0xA9, 0x07, 0x01];

    // A tag that is never finished.
    private static readonly byte[] NoMessage = [0xFF, 0xFF, 0xFF];

    private readonly Platform platform = fixture.Platform;

    [Fact]
    public Task Request_WithAnUnknownField_IsRefusedByItsNumberAndStoresNothing() => AssertEveryRpcAsync(
        UnknownField,
        (rpc, error) => Assert.True(
            error.Reason == ErrorReason.FieldInvalid && error.Violations.Any(violation => violation.Field == "#15000"),
            $"{rpc.FullName} answered {error.Reason}: {error.Message}"));

    [Fact]
    public Task Request_ThatIsNoMessage_IsRefusedAndStoresNothing() => AssertEveryRpcAsync(
        NoMessage,
        (rpc, error) => Assert.True(error.Reason == ErrorReason.RequestMalformed, $"{rpc.FullName} answered {error.Reason}: {error.Message}"));

    [Fact]
    public Task Request_OfAWorkloadThatIsNotListed_IsRefusedByEveryRpc() => AssertEveryRpcAsync(
        [],
        (rpc, error) => Assert.True(error.Reason == ErrorReason.CallerNotAllowed, $"{rpc.FullName} answered {error.Reason}: {error.Message}"),
        caller: "stranger");

    private async Task AssertEveryRpcAsync(byte[] request, Action<MethodDescriptor, McpSecureError> assert, string? caller = null)
    {
        var before = await CountRowsAsync();

        foreach (var (peer, rpc, allowed) in Rpcs.All)
        {
            await using var client = platform.RawClientOf(caller ?? allowed, peer);
            var refused = await Assert.ThrowsAsync<RpcException>(() => client.GetRequiredService<RawClient>().CallAsync(rpc, request));
            var error = McpSecureError.From(refused);

            assert(rpc, error);
            Assert.DoesNotContain("   at ", refused.Status.Detail, StringComparison.Ordinal);
            Assert.DoesNotContain("Exception", refused.Status.Detail, StringComparison.Ordinal);
        }

        Assert.Equal(before, await CountRowsAsync());
    }

    // Events are on their way from the outboxes to the log all the time; everything else must stay as it is.
    private async Task<Dictionary<string, long>> CountRowsAsync()
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);

        foreach (var service in Platform.ServiceNames.Where(name => name != Peers.Audit))
        {
            await using var database = NpgsqlDataSource.Create(platform.ConnectionString(service));

            foreach (var table in (await Tables.ListAsync(database)).Where(table => table != "audit_outbox"))
            {
                counts.Add($"{service}.{table}", await Tables.CountAsync(database, table));
            }
        }

        return counts;
    }
}
