namespace McpSecure.Crypto.Tests;

public sealed class KeyTransitionsTests
{
    [Fact]
    public void Allows_EveryPairOfStates_AreTheseAndNoOthers()
    {
        var allowed =
            from @from in Enum.GetValues<KeyState>()
            from to in Enum.GetValues<KeyState>()
            where KeyTransitions.Allows(@from, to)
            select $"{@from} -> {to}";

        Assert.Equal(
            [
                "Pending -> Active", "Pending -> Disabled", "Pending -> Destroyed",
                "Active -> DecryptOnly",
                "DecryptOnly -> Disabled", "DecryptOnly -> Destroyed",
                "Disabled -> DecryptOnly", "Disabled -> Destroyed",
            ],
            allowed);
    }
}
