using System.Net;
using System.Net.Sockets;
using McpSecure.Testing;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class FreePortTests
{
    [Fact]
    public void Next_GivesEachPortOnce_AndNoneThatAConnectionCouldTakeBeforeItsServer()
    {
        var ports = Enumerable.Range(0, 50).Select(_ => FreePort.Next()).ToList();

        Assert.Equal(ports.Count, ports.Distinct().Count());
        Assert.All(ports, port => Assert.InRange(port, 1_024, 32_767));
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public void Port_ThatSomebodyListensOn_IsNotFree(string address)
    {
        using var listener = new TcpListener(IPAddress.Parse(address), 0);
        listener.Start();

        Assert.False(FreePort.IsFree(((IPEndPoint)listener.LocalEndpoint).Port));
    }
}
