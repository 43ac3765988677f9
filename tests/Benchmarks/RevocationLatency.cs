using System.Diagnostics;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Benchmarks;

/// <summary>Measures how long after a revocation was answered by one replica of ApiKey another one still lets the key through.</summary>
internal static class RevocationLatency
{
    private const int Revocations = 300;

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1);

    /// <summary>Prints the times. Answers 0 where the 99th percentile is within a second, else 1.</summary>
    public static async Task<int> MeasureAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        using var pki = new TestPki();
        await using var sinks = await Sinks.StartAsync(pki);
        var surroundings = await ApiKeySurroundings.SharedAsync(pki);
        await using var first = await BenchmarkServer.StartAsync(Hosts.ApiKey, pki, sinks, surroundings.Settings, limit.Token);
        await using var second = await BenchmarkServer.StartAsync(Hosts.ApiKey, pki, sinks, surroundings.Settings, limit.Token);
        await using var clientsOfFirst = surroundings.ClientsOf(first);
        await using var clientsOfSecond = surroundings.ClientsOf(second);
        var revoking = clientsOfFirst.GetRequiredService<ApiKeyService.ApiKeyServiceClient>();
        var validating = clientsOfSecond.GetRequiredService<ApiKeyService.ApiKeyServiceClient>();

        var times = new TimeSpan[Revocations];
        for (var i = 0; i < Revocations; i++)
        {
            var created = await surroundings.CreateAsync(revoking, limit.Token);
            if (!await IsValidAsync(validating, created.Secret, limit.Token))
            {
                throw new InvalidOperationException("A new key is not valid on the other replica.");
            }

            await surroundings.RevokeAsync(revoking, created.ApiKey.ApiKeyId, limit.Token);
            var answered = Stopwatch.GetTimestamp();
            while (await IsValidAsync(validating, created.Secret, limit.Token))
            {
                // Asked again at once: the time is right to one call.
            }

            times[i] = Stopwatch.GetElapsedTime(answered);
        }

        Array.Sort(times);
        var p99 = times[(int)(Revocations * 0.99)];
        Console.WriteLine(
            $"revocation {Revocations} times: denied on the other replica after p50 {times[Revocations / 2].TotalMilliseconds:0.0} ms,"
            + $" p99 {p99.TotalMilliseconds:0.0} ms, most {times[^1].TotalMilliseconds:0.0} ms  budget {Budget.TotalMilliseconds:0} ms  {(p99 < Budget ? "ok" : "over")}");

        return p99 < Budget ? 0 : 1;
    }

    private static async Task<bool> IsValidAsync(ApiKeyService.ApiKeyServiceClient client, string secret, CancellationToken cancellationToken)
    {
        try
        {
            await client.ValidateApiKeyAsync(new() { Secret = secret }, cancellationToken: cancellationToken);
            return true;
        }
        catch (RpcException e) when (McpSecureError.From(e).Reason == ErrorReason.ApiKeyInvalid)
        {
            return false;
        }
    }
}
