using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.Client.Tests;

public sealed class McpSecureErrorTests
{
    [Fact]
    public void Refusal_WithDetails_IsReadWhole()
    {
        var error = Read(
            new ErrorInfo { Reason = "FIELD_INVALID", Domain = "mcpsecure", Metadata = { ["trace_id"] = "4bf92f3577b34da6a3ce929d0e0e4736" } },
            new BadRequest { FieldViolations = { new BadRequest.Types.FieldViolation { Field = "a[1].b", Description = "is required." } } });

        Assert.Equal((StatusCode.InvalidArgument, ErrorReason.FieldInvalid, "FIELD_INVALID"), (error.Status, error.Reason, error.ReasonName));
        Assert.Equal("what went wrong", error.Message);
        Assert.Equal([new FieldViolation("a[1].b", "is required.")], error.Violations);
        Assert.Equal("4bf92f3577b34da6a3ce929d0e0e4736", error.TraceId);
    }

    [Fact]
    public void Refusal_WithAReasonOfALaterVersion_KeepsItsName()
    {
        var error = Read(new ErrorInfo { Reason = "OF_THE_FUTURE", Domain = "mcpsecure" });

        Assert.Equal((ErrorReason.Unspecified, "OF_THE_FUTURE"), (error.Reason, error.ReasonName));
    }

    [Fact]
    public void Refusal_OfAnotherDomain_HasNoReasonOfOurs()
    {
        var error = Read(new ErrorInfo { Reason = "FIELD_INVALID", Domain = "example.org" });

        Assert.Equal((ErrorReason.Unspecified, "", null), (error.Reason, error.ReasonName, error.TraceId));
    }

    [Theory]
    [InlineData(new byte[0])]
    [InlineData(new byte[] { 0xFF })]
    [InlineData(new byte[] { 0x1A, 2, 0x0A, 100 })]
    public void Refusal_WithUnreadableDetails_IsReadWithoutThem(byte[] details)
    {
        var error = McpSecureError.From(new RpcException(
            new Grpc.Core.Status(StatusCode.Internal, "what went wrong"), new Metadata { { "grpc-status-details-bin", details } }));

        Assert.Equal((StatusCode.Internal, ErrorReason.Unspecified), (error.Status, error.Reason));
        Assert.Empty(error.Violations);
    }

    [Fact]
    public void Failure_OfTheNetwork_IsReadWithItsStatus()
    {
        var error = McpSecureError.From(new RpcException(new Grpc.Core.Status(StatusCode.Unavailable, "no route")));

        Assert.Equal((StatusCode.Unavailable, ErrorReason.Unspecified, "no route"), (error.Status, error.Reason, error.Message));
    }

    [Fact]
    public void Reasons_OfTheContract_AreAllKnownByName()
    {
        foreach (var value in ErrorsReflection.Descriptor.EnumTypes.Single().Values.Where(v => v.Number != 0))
        {
            var error = Read(new ErrorInfo { Reason = value.Name["ERROR_REASON_".Length..], Domain = "mcpsecure" });

            Assert.Equal(value.Number, (int)error.Reason);
        }
    }

    private static McpSecureError Read(params IMessage[] details)
    {
        var status = new Google.Rpc.Status { Code = 3, Message = "what went wrong", Details = { details.Select(Any.Pack) } };
        return McpSecureError.From(new RpcException(
            new Grpc.Core.Status(StatusCode.InvalidArgument, status.Message), new Metadata { { "grpc-status-details-bin", status.ToByteArray() } }));
    }
}
