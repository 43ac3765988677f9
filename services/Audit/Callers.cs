using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Audit;

/// <summary>Lists who may call which rpc.</summary>
internal static class Callers
{
    private static readonly Caller CommandLine = Caller.Service("cli");

    public static readonly CallerPolicy Policy = CallerPolicy.For(AuditService.Descriptor)
        .Allow(
            "mcpsecure.audit.v1.AuditService/RecordEvents",
            Caller.Service("auth"), Caller.Service("apikey"), Caller.Service("authorization"), Caller.Service("crypto"))
        .Allow("mcpsecure.audit.v1.AuditService/QueryEvents", CommandLine, Caller.Applications)
        .Allow("mcpsecure.audit.v1.AuditService/TailEvents", CommandLine, Caller.Applications)
        .Allow("mcpsecure.audit.v1.AuditService/ReadLog", CommandLine, Caller.Applications)
        .Allow("mcpsecure.audit.v1.AuditService/VerifyLog", CommandLine, Caller.Applications);
}
