using System.Diagnostics;

namespace McpSecure.Cli;

/// <summary>Starts the one trace of a command; calls carry it as <c>traceparent</c> (W3C Trace Context).</summary>
internal static class CommandTrace
{
    /// <summary>Continues a trace that the shell began, so that several commands make one step of a script.</summary>
    /// <remarks>Source: OpenTelemetry, "Environment Variables as Context Propagation Carriers".</remarks>
    public const string EnvironmentVariable = "TRACEPARENT";

    /// <summary>Starts the trace, or its part within the trace of the environment; what is malformed there is ignored.</summary>
    public static Activity Start(string command)
    {
        var activity = new Activity(command).SetIdFormat(ActivityIdFormat.W3C);
        if (ActivityContext.TryParse(Environment.GetEnvironmentVariable(EnvironmentVariable), traceState: null, out var parent))
        {
            activity.SetParentId(parent.TraceId, parent.SpanId, parent.TraceFlags);
        }

        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        return activity.Start();
    }
}
