namespace McpSecure.Restricted.Repack;

/// <summary>Says in one sentence, for the person at the keyboard, why the feed cannot be made and what to do.</summary>
internal sealed class FeedException(string message) : Exception(message);
