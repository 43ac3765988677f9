using System.Text;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults.Tests.Validation;

/// <summary>Attacks what stands between a rule in the contract and a refusal.</summary>
public sealed class RuleCompilationTests
{
    [Fact]
    public void Rules_NotCompiledYet_LetNothingThrough() =>
        Assert.Throws<InvalidOperationException>(() => new MessageRules().Check(new EchoRequest(), new Walk()));

    [Fact]
    public async Task Rules_AskedForByManyThreadsAtOnce_AreNeverHandedOutHalfMade()
    {
        using var together = new Barrier(8);

        var found = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return RequestRules.For(Audit.V1.QueryEventsRequest.Descriptor);
            },
            CancellationToken.None,
            TaskCreationOptions.LongRunning,
            TaskScheduler.Default)));

        Assert.All(found, rules => rules.Check(new Audit.V1.QueryEventsRequest(), new Walk()));
    }

    [Theory]
    [InlineData("\0\r\n\u0085")]
    [InlineData("1234567890123456789012345678901🔑🔑")]
    public void Violation_InAMapUnderAKeyOfTheCallersChoice_IsNamedInPrintableText(string key)
    {
        var request = new Everything { Name = "name", Needed = Colour.Red, Sure = true, Words = { "a", "b" }, Attributes = { [key] = "value too long" } };

        var refused = Assert.Throws<Refusal>(() => RequestRules.Enforce(request));

        Assert.Equal(ErrorReason.FieldInvalid, refused.Reason);
        Assert.DoesNotContain(refused.Status.Detail, c => char.IsControl(c));
        Assert.Equal(refused.Status.Detail, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(refused.Status.Detail))); // no half of a character
    }
}
