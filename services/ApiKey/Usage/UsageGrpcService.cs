using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Answers questions about the use of keys.</summary>
internal sealed class UsageGrpcService(KeyAccess access, UsageStore store, TimeProvider clock) : ApiKeyUsageService.ApiKeyUsageServiceBase
{
    private static readonly TimeSpan LongestRange = TimeSpan.FromDays(31);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public override async Task<GetApiKeyUsageResponse> GetApiKeyUsage(GetApiKeyUsageRequest request, ServerCallContext context)
    {
        var to = request.To is null ? clock.GetUtcNow() : ReadTime(request.To, "to");
        var from = request.From is null ? to.AddDays(-1) : ReadTime(request.From, "from");
        if (from > to || to - from > LongestRange)
        {
            throw Refusal.InvalidField("from", "must be at most 31 days before `to`, and not behind it.");
        }

        var id = new ApiKeyId(Guid.Parse(request.ApiKeyId));
        var found = await access.FindToReadAsync(context, id);
        var hours = await store.ReadAsync(found.Scope, id, HourOf(from), HourOf(to) + Hour, context.CancellationToken);
        return new()
        {
            Hours =
            {
                hours.Select(one => new ApiKeyUsageHour
                {
                    Hour = one.Hour.ToTimestamp(), Allowed = one.Counts.Allowed, Denied = one.Counts.Denied, Limited = one.Counts.Limited,
                }),
            },
            LastUsedAt = (await store.FindLastUseAsync(found.Scope, id, context.CancellationToken))?.ToTimestamp(),
        };
    }

    private static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcTicks / Hour.Ticks * Hour.Ticks, TimeSpan.Zero);

    // Room for what is added and taken away. That it is a time at all is a rule of the contract.
    private static DateTimeOffset ReadTime(Timestamp time, string field) => time.ToDateTimeOffset() is { Year: > 1970 and < 9999 } read
        ? read
        : throw Refusal.InvalidField(field, "must be a time between 1971 and 9998.");
}
