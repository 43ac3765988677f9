namespace McpSecure.ApiKey;

/// <summary>Holds the script that counts a call in all limits that apply to it, or in none, by Redis's own clock.</summary>
internal static class RateScript
{
    /// <summary>How many arguments each counter has, after the cost, and how many numbers its answer has.</summary>
    public const int Width = 5;

    public const int AnswerWidth = 3;

    /// <summary>
    /// Counts. KEYS: the counters. ARGV: the cost; then for each counter its interval and capacity in microseconds (<see cref="Gcra"/>), 1 where it
    /// only watches, how many permits to take ahead beyond the cost as far as there are any, and how many taken ahead come back.
    /// Answers for each counter: the wait in microseconds until the cost conforms, 0 or less where it does; how many were taken ahead; the time
    /// in microseconds until everything is there again.
    /// </summary>
    // TIME before a write needs effects to be replicated, as Redis does from 5.0 on. Numbers are doubles: whole to 2^53, where microseconds
    // since 1970 end in the year 2255; %.0f, because tostring keeps 14 digits. A clock that was set back leaves times too far ahead: they
    // are cut to what a full counter has, so that a subject waits for its capacity at most.
    public const string Text =
        """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local cost = tonumber(ARGV[1])
        local arrivals, waits, before, answer = {}, {}, {}, {}
        local admitted = true
        for i = 1, #KEYS do
          local at = (i - 1) * 5 + 1
          local interval, capacity = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
          local stored = redis.call('GET', KEYS[i])
          local arrival = math.min(math.max(tonumber(stored or now), now), now + capacity)
          before[i] = stored
          arrivals[i] = math.max(now, arrival - tonumber(ARGV[at + 5]) * interval)
          waits[i] = arrivals[i] + cost * interval - capacity - now
          if waits[i] > 0 and ARGV[at + 3] ~= '1' then
            admitted = false
          end
        end
        for i = 1, #KEYS do
          local at = (i - 1) * 5 + 1
          local interval, capacity = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2])
          local ahead = 0
          if admitted and waits[i] <= 0 then
            ahead = math.min(tonumber(ARGV[at + 4]), math.floor(-waits[i] / interval))
            arrivals[i] = arrivals[i] + (cost + ahead) * interval
          end
          if arrivals[i] > now then
            redis.call('SET', KEYS[i], string.format('%.0f', arrivals[i]), 'PX', math.ceil((arrivals[i] - now) / 1000))
          elseif before[i] then
            redis.call('DEL', KEYS[i])
          end
          answer[#answer + 1] = waits[i]
          answer[#answer + 1] = ahead
          answer[#answer + 1] = arrivals[i] - now
        end
        return answer
        """;
}
