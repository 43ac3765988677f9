namespace McpSecure.Cli.Input;

/// <summary>Holds a password, a code or a key on its way to a service. Prints its type name.</summary>
internal sealed class Secret(string value)
{
    /// <summary>Answers the secret itself.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public override string ToString() => nameof(Secret);
}
