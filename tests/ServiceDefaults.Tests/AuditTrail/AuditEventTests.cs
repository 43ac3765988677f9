using System.Diagnostics;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults.Tests.AuditTrail;

/// <summary>Holds events to the rules of the log: what a caller chose must not be able to keep its event out.</summary>
public sealed class AuditEventTests
{
    private readonly AuditEvents events = new("probe", TimeProvider.System);

    [Fact]
    public void Event_WithPersonalDataInAnAttribute_HoldsItsKindOnly()
    {
        var auditEvent = events.Start("probe.key.used").With("note", "ada@example.com paid with 4111 1111 1111 1111").With("header", "Bearer mF_9.B5f-4.1JqM").With("network", "10.0.0.1");

        Assert.Equal(("[EMAIL] paid with [CARD]", "Bearer [TOKEN]", "10.0.0.1"), (auditEvent.Attributes["note"], auditEvent.Attributes["header"], auditEvent.Attributes["network"]));
    }

    // Cut first, the beginning of the key would be no key any more, and stay.
    [Fact]
    public void Event_WithASecretAcrossTheEndOfAnAttribute_HoldsNoPartOfIt()
    {
        var auditEvent = events.Start("probe.key.used").With("note", new string('.', 1_000) + " mcp_sk_" + new string('a', 73));

        Assert.DoesNotContain("mcp_sk_a", auditEvent.Attributes["note"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("🔑")]
    [InlineData("a🔑")]
    public void Event_WithANameTooLongThatEndsInASurrogatePair_IsOneTheLogTakes(string text)
    {
        var name = string.Concat(Enumerable.Repeat(text, 1_000));

        AssertTaken(events.Start("probe.key.used").By(PrincipalType.ApiKey, "1", name).On(name).With("name", name).Denied(name));
    }

    [Theory]
    [InlineData("line\r\nbreak")]
    [InlineData("nul\0")]
    [InlineData("half \uD83D")]
    [InlineData("next line \u0085")]
    public void Event_WithTextThatTheLogWouldRefuse_IsOneTheLogTakes(string text) =>
        AssertTaken(events.Start("probe.key.used").By(PrincipalType.ApiKey, "1", text).On(text).With("name", text).Denied(text));

    [Fact]
    public void Event_WithPlainText_KeepsIt()
    {
        var made = events.Start("probe.key.used").By(PrincipalType.User, "1", "Zoë 🔑").On("users/1").With("name", "x y");

        Assert.Equal(("Zoë 🔑", "users/1", "x y"), (made.ActorName, made.Resource, made.Attributes["name"]));
    }

    [Fact]
    public void Event_UnderAnActivityWithoutAW3CTraceId_IsOneTheLogTakes()
    {
        using var foreign = new Activity("foreign").SetIdFormat(ActivityIdFormat.Hierarchical).Start();

        AssertTaken(events.Start("probe.key.used"));
    }

    private static void AssertTaken(AuditEvent made)
    {
        var arrived = AuditEvent.Parser.ParseFrom(made.ToByteArray());

        RequestRules.Enforce(new RecordEventsRequest { Events = { arrived } });
        Assert.Equal(made, arrived);
    }
}
