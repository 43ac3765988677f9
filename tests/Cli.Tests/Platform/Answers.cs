using Google.Protobuf.WellKnownTypes;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;

namespace McpSecure.Cli.Tests;

/// <summary>Makes what services answer when all is well.</summary>
internal static class Answers
{
    public const string Token = "a-new-token";

    public static readonly Timestamp Noon = Timestamp.FromDateTimeOffset(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));

    public static AccessToken AccessToken => new() { Token = Token, ExpiresAt = Noon, AuthenticationMethods = { "pwd" } };

    public static SignInResponse SignedIn() => new() { UserId = Desk.UserId, AccessToken = AccessToken };

    public static User User(string name = "ann", string email = "") => new() { UserId = Desk.UserId, Username = name, Email = email, CreatedAt = Noon };

    public static RecordedEvent Event(long sequence, string action = "auth.user.created", string resource = "") => new()
    {
        Sequence = sequence,
        RecordedAt = Noon,
        Event = new AuditEvent
        {
            EventId = "01890a5d-ac96-774b-bcce-b302099a8057",
            OccurredAt = Noon,
            Source = "auth",
            Action = action,
            Outcome = Outcome.Success,
            Severity = Severity.Info,
            Caller = "cli",
            Resource = resource,
        },
    };
}
