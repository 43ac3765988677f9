using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace McpSecure.ApiKey;

/// <summary>Runs scripts in Redis, which may be away: then the answer is that there is none, soon.</summary>
/// <remarks>Uses only what StackExchange.Redis 1.2.6 and 3.x both have.</remarks>
internal sealed class RedisScripts(IServiceProvider services, IOptions<RateLimitsOptions> options, TimeProvider clock, ILogger<RedisScripts> logger) : BackgroundService
{
    private readonly TimeSpan patience = options.Value.Patience;
    private readonly RedisCircuit circuit = new(clock);
    private volatile IDatabase? database;

    /// <summary>Runs a script; null where Redis does not answer, or did not lately.</summary>
    public async ValueTask<long[]?> TryRunAsync(string script, RedisKey[] keys, RedisValue[] arguments)
    {
        if (database is not { } redis || !circuit.TryEnter())
        {
            return null;
        }

        var wasClosed = circuit.IsClosed;
        try
        {
            var answer = await RunAsync(redis, script, keys, arguments).WaitAsync(patience, clock);
            if (!wasClosed)
            {
                Log.RedisCountsAgain(logger);
            }

            circuit.Succeeded();
            return answer;
        }
        catch (Exception e)
        {
            circuit.Failed();
            if (wasClosed)
            {
                Log.RedisDoesNotCount(logger, e);
            }

            if (e is RedisException or TimeoutException or ObjectDisposedException or OperationCanceledException)
            {
                return null;
            }

            throw;
        }
    }

    // Making the connection blocks while Redis is away, and must not hold the start of the service up.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken) =>
        database = (await Task.Run(services.GetRequiredService<IConnectionMultiplexer>, stoppingToken)).GetDatabase();

    private static async Task<long[]> RunAsync(IDatabase redis, string script, RedisKey[] keys, RedisValue[] arguments)
    {
        try
        {
            return ((long[]?)await redis.ScriptEvaluateAsync(script, keys, arguments))!;
        }
        catch (RedisServerException e) when (e.Message.StartsWith("NOSCRIPT", StringComparison.Ordinal))
        {
            // Redis was restarted, and the library sent the script's digest. It was not run.
            return ((long[]?)await redis.ScriptEvaluateAsync(script, keys, arguments, CommandFlags.NoScriptCache))!;
        }
    }
}
