namespace McpSecure.AppHost;

/// <summary>Ends the start with one sentence for the user: what is wrong, and what to do about it.</summary>
internal sealed class CannotStartException(string sentence) : Exception(sentence);
