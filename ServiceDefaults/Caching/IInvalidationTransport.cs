namespace McpSecure.ServiceDefaults;

/// <summary>Carries text to every replica: Redis, or memory where rules are tested.</summary>
internal interface IInvalidationTransport
{
    /// <summary>Sends to every replica that listens, this one too. Returns whether it was sent; never throws.</summary>
    Task<bool> PublishAsync(string text);
}
