namespace McpSecure.Client;

/// <summary>Says that the certificate files cannot be used; the message names the file and what is wrong with it.</summary>
public sealed class CertificateFilesException : Exception
{
    /// <summary>Makes an exception with a message.</summary>
    public CertificateFilesException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a message and its cause.</summary>
    public CertificateFilesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception without a message.</summary>
    public CertificateFilesException()
    {
    }
}
