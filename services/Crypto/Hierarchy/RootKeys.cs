using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Finds the root key where the settings say it is.</summary>
internal sealed class RootKeys(IOptions<RootKeyOptions> options)
{
    /// <summary>Reads the root key anew.</summary>
    /// <exception cref="RootKeyException">It cannot be used; the message says why.</exception>
    public IRootKey Open() => FileRootKey.Read(options.Value.File);
}
