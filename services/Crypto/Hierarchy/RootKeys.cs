using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Finds the root keys where the settings say they are.</summary>
internal sealed class RootKeys(IOptions<RootKeyOptions> options)
{
    /// <summary>Reads the root keys anew.</summary>
    /// <exception cref="RootKeyException">One cannot be used; the message says why.</exception>
    public RootKeySet Open()
    {
        var opened = new List<IRootKey>();
        try
        {
            foreach (var source in new[] { options.Value, options.Value.Previous, options.Value.Next }.OfType<RootKeySource>())
            {
                opened.Add(Open(source));
            }
        }
        catch
        {
            opened.ForEach(root => root.Dispose());
            throw;
        }

        return new RootKeySet(
            opened[0],
            options.Value.Previous is null ? null : opened[1],
            options.Value.Next is null ? null : opened[^1]);
    }

    private static IRootKey Open(RootKeySource source) =>
        source.AwsKmsKey.Length > 0 ? new KmsRootKey(source.AwsKmsKey, source.AwsKmsEndpoint) : FileRootKey.Read(source.File);
}
