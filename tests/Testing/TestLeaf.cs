using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Testing;

/// <summary>Says what a leaf certificate looks like. What is not said is right, so that a test states its one fault.</summary>
public sealed record TestLeaf(params string[] UriNames)
{
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    public IReadOnlyList<string> DnsNames { get; init; } = [];

    /// <summary>Gets the extended key usages; null leaves the extension out.</summary>
    public IReadOnlyList<string>? Usages { get; init; } = [ServerAuthentication, ClientAuthentication];

    /// <summary>Gets the key usages; null leaves the extension out.</summary>
    public X509KeyUsageFlags? KeyUsages { get; init; } = X509KeyUsageFlags.DigitalSignature;

    public bool IsAuthority { get; init; }

    /// <summary>Gets when it begins, from now.</summary>
    public TimeSpan Begins { get; init; } = TimeSpan.FromMinutes(-5);

    /// <summary>Gets when it ends, from now.</summary>
    public TimeSpan Ends { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Makes the leaf of a workload of the tests' trust domain.</summary>
    public static TestLeaf Of(string workload) => new($"spiffe://{TestPki.TrustDomain}/svc/{workload}");
}
