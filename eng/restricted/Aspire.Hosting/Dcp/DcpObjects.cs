namespace Aspire.Hosting.Dcp;

/// <summary>The objects of DCP's API, a Kubernetes one, with the fields used here.</summary>
internal sealed record DcpObject<TSpec, TStatus>(DcpMetadata Metadata, TSpec? Spec, TStatus? Status)
{
    public string ApiVersion { get; init; } = DcpClient.ApiVersion;

    public required string Kind { get; init; }
}

internal sealed record DcpMetadata(string Name, IReadOnlyDictionary<string, string>? Annotations = null);

internal sealed record DcpServiceSpec(int? Port)
{
    public string Protocol { get; init; } = "TCP";

    /// <summary>Listens on every loopback address, and on no other.</summary>
    public string AddressAllocationMode { get; init; } = "Localhost";
}

internal sealed record DcpServiceStatus(string? State, int? EffectivePort);

internal sealed record DcpExecutableSpec(
    string ExecutablePath, string? WorkingDirectory, IReadOnlyList<string> Args, IReadOnlyList<DcpVariable> Env);

internal sealed record DcpVariable(string Name, string? Value);

internal sealed record DcpExecutableStatus(string? State, int? ExitCode, DateTime? StartupTimestamp, DateTime? FinishTimestamp);

internal sealed record DcpChange<T>(string Type, T Object);
