using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults.Tests.AuditTrail;

/// <summary>Says what becomes of events by the answer of the log.</summary>
public sealed class PeerAuditSinkTests
{
    public static TheoryData<Exception> RefusalsOfEvents => new(
        Refusal.Because(ErrorReason.FieldInvalid, "No."),
        Refusal.Because(ErrorReason.EventConflict, "No."),
        Refusal.Because(ErrorReason.RequestTooLarge, "No."));

    public static TheoryData<Exception> Absences => new(
        Refusal.Because(ErrorReason.Busy, "No."),
        Refusal.Because(ErrorReason.CallerNotAllowed, "No."),
        Refusal.Because(ErrorReason.WorkloadUnknown, "No."),
        Refusal.Because(ErrorReason.DependencyUnavailable, "No."),
        new RpcException(new Status(StatusCode.ResourceExhausted, "a proxy")));

    public static TheoryData<Exception> Failures => new(
        Refusal.Because(ErrorReason.Internal, "No."),
        new RpcException(new Status(StatusCode.Internal, "a connection")),
        new RpcException(new Status(StatusCode.Unknown, "a bug")));

    [Theory]
    [MemberData(nameof(RefusalsOfEvents))]
    public async Task Deliver_WhatTheLogCanNeverTake_IsRefusedSoThatItIsFoundByHalving(Exception answer) =>
        Assert.IsType<AuditDelivery.Refused>(await DeliverAsync(answer));

    [Theory]
    [MemberData(nameof(Absences))]
    public async Task Deliver_WhatTheLogMayTakeLater_StaysInTheOutbox(Exception answer) =>
        Assert.IsType<AuditDelivery.Away>(await DeliverAsync(answer));

    [Theory]
    [MemberData(nameof(Failures))]
    public async Task Deliver_WhereTheLogFails_IsFailedSoThatOneEventDoesNotBlockTheOthers(Exception answer) =>
        Assert.IsType<AuditDelivery.Failed>(await DeliverAsync(answer));

    private static Task<AuditDelivery> DeliverAsync(Exception answer) =>
        new PeerAuditSink(new RecordEventsClient(new Log(answer)), TimeProvider.System).DeliverAsync(EventBatch.Of([]), CancellationToken.None);

    private sealed class Log(Exception answer) : CallInvoker
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            new(Task.FromException<TResponse>(answer), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) =>
            throw new NotSupportedException();

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options, TRequest request) => throw new NotSupportedException();

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            Method<TRequest, TResponse> method, string? host, CallOptions options) => throw new NotSupportedException();
    }
}
