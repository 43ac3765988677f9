using System.CommandLine;
using System.CommandLine.Parsing;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Cli.Output;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Names principals as people type them: a user's name or id, <c>api-key:ID</c>, <c>service:NAME</c>. No user's name has a colon.
/// </summary>
internal static class Principals
{
    private const string Forms = "a user's name or id, api-key:<id> or service:<name>";

    /// <summary>Makes the principal of a user.</summary>
    public static Principal User(string userId) => new() { Type = PrincipalType.User, Id = userId };

    /// <summary>Makes an argument that names a principal.</summary>
    public static Argument<string> Argument(string name = "principal")
    {
        var argument = new Argument<string>(name) { Description = $"{char.ToUpperInvariant(Forms[0])}{Forms[1..]}." };
        argument.Validators.Add(Validate);
        return argument;
    }

    /// <summary>Makes an argument that names a principal, and means who is signed in where it is not given.</summary>
    public static Argument<string?> OptionalArgument()
    {
        var argument = new Argument<string?>("principal")
        {
            Description = $"{char.ToUpperInvariant(Forms[0])}{Forms[1..]}. Default: who is signed in.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        argument.Validators.Add(Validate);
        return argument;
    }

    /// <summary>Makes an option that names a principal.</summary>
    public static Option<string?> Option(string name, string help, string description)
    {
        var option = new Option<string?>(name) { HelpName = help, Description = description };
        option.Validators.Add(Validate);
        return option;
    }

    /// <summary>Finds the principal that a person typed.</summary>
    public static async Task<Principal> FindAsync(Services services, string typed, CancellationToken cancellationToken) => TypeOf(typed, out var id) switch
    {
        PrincipalType.User => await FindUserAsync(services, id, cancellationToken),
        var type => new Principal { Type = type, Id = id },
    };

    /// <summary>Finds a user by the name or the id that a person typed.</summary>
    /// <exception cref="CommandFailure">The person may not look users up, as who administers an organization may not: an id goes without.</exception>
    public static async Task<Principal> FindUserAsync(Services services, string user, CancellationToken cancellationToken)
    {
        if (IsId(user))
        {
            return User(user);
        }

        try
        {
            var found = await services.Users.GetUserAsync(new GetUserRequest { Username = user }, cancellationToken: cancellationToken);
            return User(found.User.UserId);
        }
        catch (RpcException e) when (McpSecureError.From(e).Reason == ErrorReason.PermissionDenied)
        {
            throw new CommandFailure(
                ExitCode.PermissionDenied,
                RemoteError.NameOf(ErrorReason.PermissionDenied),
                $"You may not look {user} up by name.",
                "Give the user's id: he sees it with `mcpsecure whoami`, and who may read users with `mcpsecure users get <user>`.",
                e);
        }
    }

    /// <summary>Tells whether a person typed an id: a name of that shape would be taken for one.</summary>
    public static bool IsId(string typed) => Guid.TryParseExact(typed, "D", out _);

    /// <summary>Tells whether a person typed what could name a principal.</summary>
    public static bool IsName(string typed) => TypeOf(typed, out var id) != PrincipalType.Unspecified && id.Length > 0;

    /// <summary>Writes a principal as it is typed.</summary>
    public static string Write(PrincipalType type, string id) => type switch
    {
        PrincipalType.User => id,
        PrincipalType.ApiKey => $"api-key:{id}",
        PrincipalType.Service => $"service:{id}",
        PrincipalType.Unspecified => $"unknown:{id}",
    };

    private static PrincipalType TypeOf(string typed, out string id)
    {
        var colon = typed.IndexOf(':', StringComparison.Ordinal);
        id = typed[(colon + 1)..];
        return colon < 0 ? PrincipalType.User : typed[..colon] switch
        {
            "user" => PrincipalType.User,
            "api-key" => PrincipalType.ApiKey,
            "service" => PrincipalType.Service,
            _ => PrincipalType.Unspecified,
        };
    }

    private static void Validate(SymbolResult result)
    {
        foreach (var token in result.Tokens.Where(token => !IsName(token.Value)))
        {
            result.AddError($"'{token.Value}' is not {Forms}.");
        }
    }
}
