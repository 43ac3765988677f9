using System.Net.Security;
using System.Security.Authentication;

namespace McpSecure.Client;

/// <summary>Holds what both ends of a connection ask of TLS.</summary>
internal static class TlsRules
{
    /// <summary>The versions that are spoken.</summary>
    public const SslProtocols Protocols = SslProtocols.Tls12 | SslProtocols.Tls13;

    /// <summary>
    /// The cipher suites that are spoken: forward secrecy and AEAD only (RFC 9325 §4.2, RFC 9113 appendix A).
    /// Null on Windows, where the operating system decides for the whole machine.
    /// </summary>
    public static readonly CipherSuitesPolicy? CipherSuites = OperatingSystem.IsWindows() ? null : Strong();

    [System.Runtime.Versioning.UnsupportedOSPlatform("windows")]
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Interoperability", "CA1416", Justification = "Android is no platform of ours")]
    private static CipherSuitesPolicy Strong() => new(
    [
        TlsCipherSuite.TLS_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
        TlsCipherSuite.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
    ]);
}
