using Google.Rpc;
using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.Client;

/// <summary>Tells what went wrong with a call, read from the details that McpSecure sends with every refusal.</summary>
/// <param name="Status">The gRPC status.</param>
/// <param name="Reason">Why; unspecified where the answer is not McpSecure's own (the network, a deadline) or newer than this package.</param>
/// <param name="ReasonName">The reason's name as sent, for example <c>API_KEY_INVALID</c>; empty where none was sent.</param>
/// <param name="Message">What went wrong, for developers, in English.</param>
/// <param name="Violations">The fields at fault; empty unless the request was.</param>
/// <param name="Metadata">Facts that belong to the reason, for example the name that was not found.</param>
public sealed record McpSecureError(
    StatusCode Status,
    ErrorReason Reason,
    string ReasonName,
    string Message,
    IReadOnlyList<FieldViolation> Violations,
    IReadOnlyDictionary<string, string> Metadata)
{
    private const string Domain = "mcpsecure";

    /// <summary>Gets the trace id under which the server's logs and traces tell more; null where none was sent.</summary>
    public string? TraceId => Metadata.TryGetValue("trace_id", out var id) ? id : null;

    /// <summary>Reads what a failed call says. Never throws; what is not there is empty.</summary>
    public static McpSecureError From(RpcException exception)
    {
        var details = ReadDetails(exception.Trailers);
        var info = Unpack<ErrorInfo>(details);
        if (info?.Domain != Domain)
        {
            info = null;
        }

        return new McpSecureError(
            exception.StatusCode,
            ReasonOf(info?.Reason),
            info?.Reason ?? "",
            exception.Status.Detail,
            [.. Unpack<BadRequest>(details)?.FieldViolations.Select(v => new FieldViolation(v.Field, v.Description)) ?? []],
            new Dictionary<string, string>(info?.Metadata ?? [], StringComparer.Ordinal));
    }

    private static Google.Rpc.Status? ReadDetails(Metadata trailers)
    {
        try
        {
            return trailers.GetValueBytes("grpc-status-details-bin") is { } bytes ? Google.Rpc.Status.Parser.ParseFrom(bytes) : null;
        }
        catch (Google.Protobuf.InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static T? Unpack<T>(Google.Rpc.Status? status)
        where T : class, Google.Protobuf.IMessage<T>, new()
    {
        foreach (var detail in status?.Details ?? [])
        {
            try
            {
                if (detail.TryUnpack<T>(out var message))
                {
                    return message;
                }
            }
            catch (Google.Protobuf.InvalidProtocolBufferException)
            {
                return null;
            }
        }

        return null;
    }

    private static ErrorReason ReasonOf(string? name)
    {
        if (name is null)
        {
            return ErrorReason.Unspecified;
        }

        var value = EnumNames.Value.FindValueByName("ERROR_REASON_" + name);
        return value is null ? ErrorReason.Unspecified : (ErrorReason)value.Number;
    }

    private static readonly Lazy<Google.Protobuf.Reflection.EnumDescriptor> EnumNames =
        new(() => ErrorsReflection.Descriptor.EnumTypes.Single(e => e.Name == nameof(ErrorReason)));
}

/// <summary>Names a field of a request that is at fault.</summary>
/// <param name="Field">The field's path, for example <c>events[3].resource.id</c>.</param>
/// <param name="Description">What would be right, for developers, in English.</param>
public sealed record FieldViolation(string Field, string Description);
