namespace McpSecure.ApiKey;

/// <summary>Holds the script that counts a failure of an address for all replicas, by Redis's own clock.</summary>
internal static class FailureScript
{
    /// <summary>
    /// Counts as <see cref="FailureRecord.Failed"/> does. KEYS: the address. ARGV: interval and capacity, the first and the longest wait, and the time to
    /// forget, in microseconds. What says nothing any more is not kept: of an address that never had to wait, failures that are forgiven. Answers how long the address has to wait, in microseconds; 0: it has not.
    /// </summary>
    public const string Text =
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local interval, capacity = tonumber(ARGV[1]), tonumber(ARGV[2])
        local first, longest, forget = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
        local kept = redis.call('HMGET', KEYS[1], 'arrival', 'level', 'until')
        local waiting = math.min(tonumber(kept[3] or 0), now + longest)
        if waiting > now then
          return {waiting - now}
        end
        local level = tonumber(kept[2] or 0)
        local arrival = math.min(math.max(tonumber(kept[1] or now), now), now + capacity)
        local wait = 0
        if arrival + interval - capacity - now <= 0 then
          arrival = arrival + interval
        else
          level = math.min(level + 1, 30)
          wait = math.min(first * 2 ^ (level - 1), longest)
          arrival = now
        end
        redis.call('HSET', KEYS[1], 'arrival', string.format('%.0f', arrival), 'level', level, 'until', string.format('%.0f', wait > 0 and now + wait or 0))
        local kept_for = level > 0 and wait + forget or math.min(arrival - now, forget)
        redis.call('PEXPIRE', KEYS[1], math.ceil(kept_for / 1000))
        return {wait}
        """;
}
