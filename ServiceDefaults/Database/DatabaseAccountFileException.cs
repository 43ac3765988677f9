namespace McpSecure.ServiceDefaults;

/// <summary>Says that the file that keeps the account of the database cannot be used. The message is for the operator and holds nothing of the file.</summary>
internal sealed class DatabaseAccountFileException(string message) : Exception(message);
