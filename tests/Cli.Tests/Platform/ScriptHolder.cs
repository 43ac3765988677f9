namespace McpSecure.Cli.Tests;

/// <summary>Holds the script of the test that runs; tests of one platform run one after the other.</summary>
public sealed class ScriptHolder
{
    public Script Current { get; set; } = new();
}
