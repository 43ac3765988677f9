using System.Collections.Frozen;

namespace McpSecure.Crypto;

/// <summary>Decides which workload may use the keys of which keyring by itself, and which only for a user who may.</summary>
internal static class KeyringAccess
{
    // What a service of the platform keeps under its own keyring is nobody else's to read, an administrator's neither.
    private static readonly FrozenDictionary<string, string> Owners = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        [BuiltInKeyrings.MfaSecrets] = "auth",
        [BuiltInKeyrings.TokenSigning] = "auth",
        [BuiltInKeyrings.ApiKeyPepper] = "apikey",
        [BuiltInKeyrings.AuditSubjects] = "audit",
        [BuiltInKeyrings.Secrets] = "crypto",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // These act for themselves; a user's token that passes through them opens nothing here.
    private static readonly FrozenSet<string> Services =
        FrozenSet.Create(StringComparer.Ordinal, "auth", "apikey", "authorization", "crypto", "audit");

    /// <summary>Tells whether a workload is one of the platform's own services.</summary>
    public static bool IsService(string workload) => Services.Contains(workload);

    /// <summary>Says on what ground a workload uses the keys of a keyring.</summary>
    public static UseGround GroundOf(string workload, string keyring) => (Owners.GetValueOrDefault(keyring), Services.Contains(workload)) switch
    {
        ({ } owner, _) when owner == workload => UseGround.Own,
        (not null, true) or (null, true) => UseGround.None,
        (not null, false) => UseGround.Reserved,
        (null, false) => UseGround.User,
    };
}

/// <summary>Says on what ground a workload uses the keys of a keyring.</summary>
internal enum UseGround
{
    /// <summary>On none: to this workload the keyring does not exist.</summary>
    None,

    /// <summary>On its own: the keyring is its.</summary>
    Own,

    /// <summary>On the rights of the user it acts for.</summary>
    User,

    /// <summary>On none, whoever the user is: once he has shown his rights, the keyring does not exist for him.</summary>
    Reserved,
}
