using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ApiKey.Tests;

/// <summary>Counts bcrypt computations by the service's own metric.</summary>
internal sealed class HashCount : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly MeterListener listener = new();
    private int value;

    public HashCount()
    {
        var factory = services.GetRequiredService<IMeterFactory>();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == ApiKeyMetrics.HashDuration && instrument.Meter.Scope == factory)
            {
                listening.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref value));
        listener.Start();
        Metrics = new ApiKeyMetrics(factory);
    }

    public ApiKeyMetrics Metrics { get; }

    public int Value => Volatile.Read(ref value);

    public void Dispose()
    {
        listener.Dispose();
        services.Dispose();
    }
}
