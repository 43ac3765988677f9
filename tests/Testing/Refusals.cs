using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using Xunit;

namespace McpSecure.Testing;

/// <summary>Asserts how calls are refused.</summary>
public static class Refusals
{
    /// <summary>Asserts that a call is refused for a reason, and gives what it says.</summary>
    public static async Task<McpSecureError> AssertRefusedAsync(this Task call, ErrorReason reason)
    {
        var error = McpSecureError.From(await Assert.ThrowsAsync<RpcException>(() => call));
        Assert.Equal(reason, error.Reason);
        return error;
    }

    /// <summary>Asserts that a call is refused for a reason, and gives what it says.</summary>
    public static Task<McpSecureError> AssertRefusedAsync<T>(this AsyncUnaryCall<T> call, ErrorReason reason) => call.ResponseAsync.AssertRefusedAsync(reason);

    /// <summary>Asserts that a call is refused because of exactly these fields.</summary>
    public static async Task AssertFieldsRefusedAsync<T>(this AsyncUnaryCall<T> call, params string[] fields)
    {
        var error = await call.AssertRefusedAsync(ErrorReason.FieldInvalid);
        Assert.Equal(fields, error.Violations.Select(violation => violation.Field));
    }
}
