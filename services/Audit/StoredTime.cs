using Google.Protobuf.WellKnownTypes;

namespace McpSecure.Audit;

/// <summary>Brings times to the precision of the database, microseconds, towards the past.</summary>
internal static class StoredTime
{
    /// <summary>Returns a time as it is stored and compared, UTC.</summary>
    public static DateTime Of(Timestamp time) => Of(time.ToDateTime());

    /// <summary>Returns a time as it is stored and compared, UTC.</summary>
    public static DateTime Of(DateTimeOffset time) => Of(time.UtcDateTime);

    private static DateTime Of(DateTime time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerMicrosecond));
}
