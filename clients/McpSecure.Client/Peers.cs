namespace McpSecure.Client;

/// <summary>Names the services of the platform, as their certificates and addresses are keyed.</summary>
public static class Peers
{
    /// <summary>Signs users in and validates their tokens.</summary>
    public const string Auth = "auth";

    /// <summary>Issues and validates API keys.</summary>
    public const string ApiKey = "apikey";

    /// <summary>Decides who may do what.</summary>
    public const string Authorization = "authorization";

    /// <summary>Keeps keys; encrypts, decrypts and signs.</summary>
    public const string Crypto = "crypto";

    /// <summary>Keeps the event log.</summary>
    public const string Audit = "audit";
}
