namespace BCrypt.Net;

/// <summary>Says that a salt or hash does not have bcrypt's form.</summary>
public sealed class SaltParseException : Exception
{
    /// <summary>Makes one without a message of its own.</summary>
    public SaltParseException()
    {
    }

    /// <summary>Makes one that says what is wrong with the salt.</summary>
    public SaltParseException(string message)
        : base(message)
    {
    }

    /// <summary>Makes one that says what is wrong with the salt, and why that came to light.</summary>
    public SaltParseException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
