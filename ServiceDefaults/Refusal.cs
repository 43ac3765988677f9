using System.Collections.Frozen;
using System.Diagnostics;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Ends a call with a reason that programs can tell apart. Travels as the gRPC status that <see cref="ErrorStatus"/> chooses, with
/// google.rpc.ErrorInfo (and BadRequest where fields are at fault) in the trailer <c>grpc-status-details-bin</c>.
/// </summary>
public sealed class Refusal : RpcException
{
    internal const string DetailsTrailer = "grpc-status-details-bin";

    private const string Domain = "mcpsecure";

    private static readonly FrozenDictionary<ErrorReason, string> Names = ErrorsReflection.Descriptor
        .FindTypeByName<EnumDescriptor>(nameof(ErrorReason)).Values
        .ToFrozenDictionary(v => (ErrorReason)v.Number, v => v.Name["ERROR_REASON_".Length..]);

    private Refusal(ErrorReason reason, Grpc.Core.Status status, byte[] details)
        : base(status, new Metadata { { DetailsTrailer, details } })
    {
        Reason = reason;
        Details = details;
    }

    /// <summary>Gets why.</summary>
    public ErrorReason Reason { get; }

    /// <summary>Gets the serialized google.rpc.Status.</summary>
    internal byte[] Details { get; }

    /// <summary>Makes a refusal. The message is for developers, in English; neither it nor the facts may hold a secret.</summary>
    public static Refusal Because(ErrorReason reason, string message, params ReadOnlySpan<(string Name, object? Value)> facts) =>
        Make(reason, message, facts, violations: []);

    /// <summary>Refuses a request because of one field, by the field's path and what would be right.</summary>
    public static Refusal InvalidField(string field, string description) =>
        InvalidFields([new BadRequest.Types.FieldViolation { Field = field, Description = description }]);

    /// <summary>Gives a reason's name as it travels, for example <c>API_KEY_INVALID</c>.</summary>
    public static string NameOf(ErrorReason reason) => Names[reason];

    internal static Refusal InvalidFields(IReadOnlyCollection<BadRequest.Types.FieldViolation> violations)
    {
        var first = violations.First();
        var message = violations.Count == 1 ? $"{first.Field}: {first.Description}" : $"{first.Field}: {first.Description} ({violations.Count - 1} more)";
        return Make(ErrorReason.FieldInvalid, message, [], violations);
    }

    /// <summary>Makes an answer that a protocol of others prescribes, which knows nothing of our reasons.</summary>
    internal static Refusal WithoutReason(StatusCode status, string message) =>
        new(ErrorReason.Unspecified, new Grpc.Core.Status(status, message), new Google.Rpc.Status { Code = (int)status, Message = message }.ToByteArray());

    /// <summary>Makes the answer to whatever should not have happened: a trace id and nothing else.</summary>
    internal static Refusal Unexpected() => Because(ErrorReason.Internal, "Something went wrong. The trace id finds it in the logs.");

    private static Refusal Make(
        ErrorReason reason,
        string message,
        ReadOnlySpan<(string Name, object? Value)> facts,
        IReadOnlyCollection<BadRequest.Types.FieldViolation> violations)
    {
        var info = new ErrorInfo { Reason = Names[reason], Domain = Domain };
        foreach (var (name, value) in facts)
        {
            info.Metadata[name] = value?.ToString() ?? "";
        }

        if (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity)
        {
            info.Metadata["trace_id"] = activity.TraceId.ToHexString();
        }

        var code = ErrorStatus.Of(reason);
        var status = new Google.Rpc.Status { Code = (int)code, Message = message, Details = { Any.Pack(info) } };
        if (violations.Count > 0)
        {
            status.Details.Add(Any.Pack(new BadRequest { FieldViolations = { violations } }));
        }

        return new Refusal(reason, new Grpc.Core.Status(code, message), status.ToByteArray());
    }
}
