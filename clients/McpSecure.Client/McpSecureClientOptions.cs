namespace McpSecure.Client;

/// <summary>Says how McpSecure is called.</summary>
public sealed class McpSecureClientOptions
{
    /// <summary>Gets the certificate files and the trust domain.</summary>
    public MtlsOptions Mtls { get; } = new();

    /// <summary>Gets the addresses by the peer's name (see <see cref="Peers"/>), each <c>https://host:port</c>. A client without an address cannot be resolved.</summary>
    public IDictionary<string, Uri> Addresses { get; } = new Dictionary<string, Uri>(StringComparer.Ordinal);

    /// <summary>Gets or sets how long a call may take when it is given no deadline. Default 10 s; 100 ms to 10 min.</summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Gets or sets the same for calls whose answers are a stream. Default 1 h; 1 s to 24 h.</summary>
    public TimeSpan StreamDeadline { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Gets or sets how long a connection may take to be made, handshake included. Default 5 s; 100 ms to 1 min.</summary>
    public TimeSpan ConnectTimeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Gets or sets the age at which a connection takes no new calls, so that new certificates and new replicas come into use.
    /// Default 2 min; 1 s to 1 h.
    /// </summary>
    public TimeSpan ConnectionLifetime { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Gets or sets how often an idempotent call is tried in all while the server answers UNAVAILABLE. Default 4; 1 (never again) to 5.
    /// Tries wait 0.1 s, doubling up to 2 s, with jitter, and share a budget per server: while half of the recent ones failed there are none.
    /// </summary>
    public int MaxAttempts { get; set; } = 4;

    /// <summary>Gets or sets the largest answer that is read, in bytes. Default 8 MiB, which the largest batch of ciphertexts fits in; 1 KiB to 64 MiB.</summary>
    public int MaxReceiveSizeInBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>
    /// Gets or sets what gives the user's access token, sent as <c>authorization: Bearer</c> with calls that carry no such header.
    /// Null, or an answer of null, sends none. Asked once per try.
    /// </summary>
    public Func<CancellationToken, ValueTask<string?>>? AccessToken { get; set; }

    /// <summary>Gets or sets whether this process is the authority, and asks nobody for its certificate. Default false.</summary>
    internal bool CertifiesItself { get; set; }
}
