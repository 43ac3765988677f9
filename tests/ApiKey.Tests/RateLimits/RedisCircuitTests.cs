using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

public sealed class RedisCircuitTests
{
    private readonly FakeClock clock = new();

    [Fact]
    public void Enter_AfterAFailure_NobodyAsksAndThenOneForAll()
    {
        var circuit = new RedisCircuit(clock);
        Assert.True(circuit.TryEnter());

        circuit.Failed();

        Assert.False(circuit.TryEnter());
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false, false], [circuit.TryEnter(), circuit.TryEnter(), circuit.TryEnter()]);
        circuit.Succeeded();
        Assert.Equal([true, true], [circuit.TryEnter(), circuit.TryEnter()]);
    }

    [Fact]
    public void Failed_AgainAndAgain_PausesGrowToAFewSeconds()
    {
        var circuit = new RedisCircuit(clock);
        circuit.Failed();
        for (var i = 0; i < 20; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(2.5));
            Assert.True(circuit.TryEnter());
            circuit.Failed();
        }

        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(circuit.TryEnter());
    }

    [Fact]
    public void Failed_CallsThatWereUnderWay_DoNotMakeThePauseLonger()
    {
        var circuit = new RedisCircuit(clock);
        for (var i = 0; i < 100; i++)
        {
            circuit.Failed();
        }

        clock.Advance(TimeSpan.FromSeconds(0.4));
        Assert.True(circuit.TryEnter());
    }
}
