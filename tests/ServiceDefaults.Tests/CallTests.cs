using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class CallTests : IDisposable
{
    private readonly TestPki pki = new();

    [Fact]
    public async Task Call_OfAListedPeer_IsAnswered()
    {
        await using var host = await ProbeHost.StartAsync(pki);
        using var client = host.As("friend");

        var answer = await client.Probe.EchoAsync(new EchoRequest { Text = "hello" });

        Assert.Equal("hello", answer.Text);
    }

    public void Dispose() => pki.Dispose();
}
