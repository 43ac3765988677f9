using McpSecure.Auth.V1;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Names the principals of questions and assignments.</summary>
internal static class Principals
{
    /// <summary>Makes the principal of a user.</summary>
    public static Principal User(string userId) => new() { Type = PrincipalType.User, Id = userId };

    /// <summary>Finds a user by the name or the id that a person typed.</summary>
    public static async Task<Principal> FindUserAsync(Services services, string user, CancellationToken cancellationToken)
    {
        if (IsId(user))
        {
            return User(user);
        }

        var found = await services.Users.GetUserAsync(new GetUserRequest { Username = user }, cancellationToken: cancellationToken);
        return User(found.User.UserId);
    }

    /// <summary>Tells whether a person typed an id: a name of that shape would be taken for one.</summary>
    public static bool IsId(string user) => Guid.TryParseExact(user, "D", out _);
}
