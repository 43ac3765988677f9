namespace McpSecure.ServiceDefaults;

/// <summary>Says for whom an access token stands: by asking Auth, or, within Auth, by looking itself.</summary>
public interface ITokenValidator
{
    /// <summary>Judges a token. Throws where no judgement can be had; that denies too.</summary>
    Task<TokenVerdict> ValidateAsync(string token, CancellationToken cancellationToken);
}

/// <summary>Says whether a token may be used.</summary>
public abstract record TokenVerdict
{
    private TokenVerdict()
    {
    }

    /// <summary>The token stands for this actor.</summary>
    public sealed record Valid(Actor Actor) : TokenVerdict;

    /// <summary>The token is unreadable, forged, expired or revoked; which of these is not told.</summary>
    public sealed record Invalid : TokenVerdict;
}
