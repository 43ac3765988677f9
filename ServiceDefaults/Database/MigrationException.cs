namespace McpSecure.ServiceDefaults;

/// <summary>Says why this binary must not run on this database. The message is one sentence for the operator; waiting does not help.</summary>
public sealed class MigrationException : Exception
{
    /// <summary>Makes an exception with the sentence for the operator.</summary>
    public MigrationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with the sentence for the operator and what was thrown.</summary>
    public MigrationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception without a sentence.</summary>
    public MigrationException()
    {
    }
}
