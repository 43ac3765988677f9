using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Says how a database is reached, with the password of our account in it. Prints its type's name.</summary>
internal sealed class DatabaseAddress
{
    private static readonly FrozenSet<string> Allowed = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "Host", "Port", "Database", "Username", "Password", "SSL Mode", "Root Certificate", "SSL Negotiation");

    private readonly NpgsqlConnectionStringBuilder settings;

    private DatabaseAddress(NpgsqlConnectionStringBuilder settings) => this.settings = settings;

    public string Host => settings.Host!;

    public string Database => settings.Database!;

    public string Username => settings.Username!;

    /// <summary>Tells whether another address leads to the same database of the same server, as whomever.</summary>
    public bool IsWhere(DatabaseAddress other) => (Host, settings.Port, Database) == (other.Host, other.settings.Port, other.Database);

    /// <summary>Reads a connection string. Returns false, and what is wrong with it, where it does not say what it must, or more than it may.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out DatabaseAddress? address, [NotNullWhen(false)] out string? flaw)
    {
        address = null;
        NpgsqlConnectionStringBuilder parsed;
        try
        {
            parsed = new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            flaw = "is no connection string of Npgsql."; // the exception's text may quote the password
            return false;
        }

        flaw = parsed switch
        {
            _ when parsed.Keys.FirstOrDefault(key => !Allowed.Contains(key)) is { } other => $"sets {other}: it may set {string.Join(", ", Allowed.Order(StringComparer.Ordinal))}.",
            { Host: null or "" } => "lacks Host.",
            { Host: var host } when host.Contains(',', StringComparison.Ordinal) || host.StartsWith('/') => "names several hosts or a socket: one host by name or address.",
            { Database: null or "" } => "lacks Database.",
            { Username: null or "" } => "lacks Username.",
            { Password: null or "" } => "lacks Password.",
            _ when !parsed.ContainsKey("SSL Mode") || !parsed.Keys.Contains("SSL Mode", StringComparer.OrdinalIgnoreCase) => "lacks SSL Mode.",
            { SslMode: not (SslMode.VerifyCA or SslMode.VerifyFull) } when !IsLoopback(parsed.Host) =>
                "would not know whom it talks to: SSL Mode must be VerifyCA or VerifyFull where the host is not this one.",
            _ => null,
        };
        if (flaw is not null)
        {
            return false;
        }

        address = new DatabaseAddress(parsed);
        return true;
    }

    /// <summary>Returns the same address for somebody else.</summary>
    public DatabaseAddress As(string username, string password) =>
        new(new NpgsqlConnectionStringBuilder(settings.ConnectionString) { Username = username, Password = password });

    /// <summary>Gives a source of connections to it: none is kept, none is traced with its statements.</summary>
    public NpgsqlDataSource Connect()
    {
        var source = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        source.ConnectionStringBuilder.Pooling = false;
        source.ConnectionStringBuilder.RequireAuth = "ScramSHA256"; // the password itself is shown to no server
        source.ConnectionStringBuilder.Timeout = 3; // in seconds, as the next
        source.ConnectionStringBuilder.CommandTimeout = 15;
        source.ConnectionStringBuilder.ApplicationName = "mcpsecure-crypto";
        source.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false));
        return source.Build();
    }

    /// <summary>Shows the password.</summary>
    public string RevealPassword() => settings.Password!;

    /// <summary>Shows the connection string, for sealing.</summary>
    public string Reveal() => settings.ConnectionString;

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(DatabaseAddress);

    private static bool IsLoopback(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
