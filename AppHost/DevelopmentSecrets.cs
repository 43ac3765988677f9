using System.Buffers.Text;
using System.Security.Cryptography;

namespace McpSecure.AppHost;

/// <summary>Keeps the random secrets of this machine, one file each, made when first asked for.</summary>
internal sealed class DevelopmentSecrets(string folder)
{
    private const int LengthInBytes = 32;

    public string PathOf(string name) => Path.Combine(folder, name);

    public bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>Returns 256 random bits in characters that need no escaping in a connection string or an address.</summary>
    public string Text(string name) => File.ReadAllText(Made(name, Base64Url.EncodeToString));

    /// <summary>Returns the path of a file with 256 random bits in base64.</summary>
    public string KeyFile(string name) => Made(name, bits => Convert.ToBase64String(bits));

    private string Made(string name, Func<ReadOnlySpan<byte>, string> encode)
    {
        OwnerOnly.CreateFolder(folder);
        if (!Has(name))
        {
            var bits = RandomNumberGenerator.GetBytes(LengthInBytes);
            OwnerOnly.Write(PathOf(name), encode(bits));
            CryptographicOperations.ZeroMemory(bits);
        }

        return PathOf(name);
    }
}
