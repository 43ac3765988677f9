using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Holds the pepper once it is opened.</summary>
internal sealed class PepperSource
{
    private volatile Pepper? current;

    public bool IsOpen => current is not null;

    /// <exception cref="Refusal">DEPENDENCY_UNAVAILABLE: it is not opened yet, so nothing can be said about any key.</exception>
    public Pepper Current =>
        current ?? throw Refusal.Because(ErrorReason.DependencyUnavailable, "The service waits for what it verifies keys with: try again.");

    public void Open(Pepper pepper) => current = pepper;
}
