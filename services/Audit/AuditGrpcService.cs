using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Audit;

/// <summary>Answers calls about the log.</summary>
internal sealed class AuditGrpcService(
    EventRecorder recorder,
    LogReader reader,
    LogVerifier verifier,
    LogTail tail,
    PageTokens pageTokens,
    RecordedReading reading,
    ILogger<AuditGrpcService> logger) : AuditService.AuditServiceBase
{
    private const int DefaultPageSize = 100;

    public override async Task<RecordEventsResponse> RecordEvents(RecordEventsRequest request, ServerCallContext context)
    {
        var result = await recorder.RecordAsync(context.Peer().Name, request.Events, context.CancellationToken);

        return result switch
        {
            AppendResult.Appended(var added, var known) => new() { Added = added, Known = known },
            AppendResult.Conflict(var eventId) => throw Refusal.Because(
                ErrorReason.EventConflict, "An event with this id is in the log, or in this batch, with another content.", ("event_id", eventId)),
            AppendResult.ForeignSource(var position) => throw Refusal.InvalidField(
                $"events[{position}].source", "must be the name of the workload that calls."),
            _ => throw new UnreachableException(),
        };
    }

    public override async Task<QueryEventsResponse> QueryEvents(QueryEventsRequest request, ServerCallContext context)
    {
        const string Action = "audit.events.queried";
        await reading.RequireAsync(context, Action);
        var filter = request.Filter ?? new EventFilter();
        var before = request.PageToken.Length == 0
            ? long.MaxValue
            : await pageTokens.ReadAsync(filter, request.PageToken, context.CancellationToken)
                ?? throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given for this filter.");

        var limit = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
        var (page, moreMayFollow) = await reader.QueryAsync(filter, before, limit, context.CancellationToken);
        var response = new QueryEventsResponse { Events = { page.Select(EntryMessages.ToRecordedEvent) } };
        if (moreMayFollow)
        {
            response.NextPageToken = await pageTokens.WriteAsync(filter, page[^1].Sequence, context.CancellationToken);
        }

        await reading.RecordAsync(context, Action, filter, ("events", $"{page.Count}"));
        return response;
    }

    public override async Task TailEvents(TailEventsRequest request, IServerStreamWriter<TailEventsResponse> responseStream, ServerCallContext context)
    {
        const string Action = "audit.events.followed";
        await reading.RequireAsync(context, Action);
        var filter = request.Filter ?? new EventFilter();
        await reading.RecordAsync(context, Action, filter, ("from_sequence", $"{request.FromSequence}"));

        await tail.FollowAsync(
            request.FromSequence,
            filter,
            recorded => responseStream.WriteAsync(new TailEventsResponse { Event = recorded }, context.CancellationToken),
            context);
    }

    public override async Task ReadLog(ReadLogRequest request, IServerStreamWriter<ReadLogResponse> responseStream, ServerCallContext context)
    {
        const string Action = "audit.log.read";
        await reading.RequireAsync(context, Action);
        var (head, _) = await reader.EndAsync(context.CancellationToken);
        var next = Math.Max(request.FromSequence, 1);
        var last = request.Limit == 0 || request.Limit > head.Sequence - next ? head.Sequence : next + request.Limit - 1;
        await reading.RecordAsync(context, Action, ("from_sequence", $"{next}"), ("to_sequence", $"{last}"));

        while (next <= last)
        {
            var entries = await reader.ReadAsync(next, last, context.CancellationToken);
            if (entries.Count == 0)
            {
                throw new InvalidDataException($"Entry {next} of the log is missing.");
            }

            await responseStream.WriteAsync(new ReadLogResponse { Entries = { entries.Select(EntryMessages.ToLogEntry) } }, context.CancellationToken);
            next = entries[^1].Sequence + 1;
        }
    }

    public override async Task<VerifyLogResponse> VerifyLog(VerifyLogRequest request, ServerCallContext context)
    {
        const string Action = "audit.log.verified";
        await reading.RequireAsync(context, Action);
        var found = await verifier.VerifyAsync(context.CancellationToken);
        if (found.FirstInvalid is { } sequence)
        {
            Log.LogChanged(logger, sequence);
            await reading.RecordTamperingAsync(context, Action, sequence);
        }
        else
        {
            await reading.RecordAsync(context, Action, ("entries", $"{found.Entries}"));
        }

        return new VerifyLogResponse
        {
            Valid = found.FirstInvalid is null,
            Entries = found.Entries,
            Head = found.Entries == 0 ? ByteString.Empty : ByteString.CopyFrom(found.Head),
            FirstInvalidSequence = found.FirstInvalid ?? 0,
        };
    }
}
