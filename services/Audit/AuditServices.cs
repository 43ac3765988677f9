using McpSecure.ServiceDefaults;

namespace McpSecure.Audit;

/// <summary>Registers what <c>Program.cs</c> names.</summary>
internal static class AuditServices
{
    /// <summary>Adds the log itself: how events get into it.</summary>
    public static void AddLog(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LogStore>();
        builder.Services.AddSingleton<EventRecorder>();
    }

    /// <summary>Adds how the log is read, and that each reading is recorded in it.</summary>
    public static void AddReading(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<LogReader>();
        builder.Services.AddSingleton<LogVerifier>();
        builder.Services.AddSingleton<LogTail>();
        builder.Services.AddSingleton<PageTokens>();
        builder.Services.AddSingleton<RecordedReading>();

        // Not AddAuditTrail: this service's events need neither an outbox nor a peer, for the log is here.
        builder.Services.AddSingleton(services => new AuditEvents(RecordedReading.Source, services.GetRequiredService<TimeProvider>()));
    }
}
