using McpSecure.Auth.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a session without what proves it.</summary>
internal sealed record SessionView(string UserId, string Username, DateTimeOffset ExpiresAt, IReadOnlyList<string> AuthenticationMethods)
{
    /// <summary>Keeps a new token and shows the session it makes.</summary>
    public static SessionView Keep(SessionFile file, string userId, string username, AccessToken token)
    {
        var session = new Session(userId, username, new Secret(token.Token), token.ExpiresAt.ToDateTimeOffset(), [.. token.AuthenticationMethods]);
        file.Write(session);
        return new SessionView(session.UserId, session.Username, session.ExpiresAt, session.AuthenticationMethods);
    }

    public static string ForPeople(SessionView session) => Table.Details(
        ("Signed in", session.Username),
        ("User id", session.UserId),
        ("Until", Text.Time(session.ExpiresAt)),
        ("Proven by", Text.List(session.AuthenticationMethods)));
}
