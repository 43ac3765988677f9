using StackExchange.Redis;

namespace McpSecure.ApiKey;

/// <summary>Counts in Redis, for all replicas together, by one script a call and by Redis's clock.</summary>
internal sealed class RedisRateCounters(RedisScripts scripts) : IRateCounters
{
    public async ValueTask<Charged[]?> TryTakeAsync(Charge[] charges, long cost)
    {
        var keys = new RedisKey[charges.Length];
        var arguments = new RedisValue[1 + (RateScript.Width * charges.Length)];
        arguments[0] = cost;
        for (var i = 0; i < charges.Length; i++)
        {
            var ((limit, _), ahead, givenBack) = charges[i];
            keys[i] = charges[i].Applied.Key.InRedis();
            var at = 1 + (RateScript.Width * i);
            arguments[at] = limit.Gcra.IntervalInMicroseconds;
            arguments[at + 1] = limit.Gcra.CapacityInMicroseconds;
            arguments[at + 2] = limit.Shadow ? 1 : 0;
            arguments[at + 3] = ahead;
            arguments[at + 4] = givenBack;
        }

        if (await scripts.TryRunAsync(RateScript.Text, keys, arguments) is not { } numbers)
        {
            return null;
        }

        var answer = new Charged[charges.Length];
        for (var i = 0; i < answer.Length; i++)
        {
            var at = RateScript.AnswerWidth * i;
            answer[i] = new Charged(numbers[at], numbers[at + 1], numbers[at + 2]);
        }

        return answer;
    }
}
