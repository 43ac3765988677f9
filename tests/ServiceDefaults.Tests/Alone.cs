namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Runs tests one after the other when all others are over: they measure the memory of this process.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
