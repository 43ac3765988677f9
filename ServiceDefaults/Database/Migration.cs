using System.Security.Cryptography;
using System.Text;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds one numbered SQL file as it lies in the assembly. Such a file is never edited once it has left its author's machine.</summary>
internal sealed record Migration(int Number, string Name, string Sql)
{
    /// <summary>Gets the SHA-256 of the text with Unix line ends, so that a checkout with other line ends is the same migration. 32 bytes.</summary>
    public byte[] Sha256 => SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n")));

    public override string ToString() => $"{Number:0000}_{Name}";
}
