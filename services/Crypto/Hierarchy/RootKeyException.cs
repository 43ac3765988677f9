namespace McpSecure.Crypto;

/// <summary>Says why the root key cannot be used, in a sentence for the operator.</summary>
internal sealed class RootKeyException : Exception
{
    public RootKeyException(string message)
        : base(message)
    {
    }

    public RootKeyException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
