using System.CommandLine;
using McpSecure.Cli.Profiles;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Says about whom a list is: somebody, who is signed in, or with <c>--all</c> everybody.</summary>
internal static class Everybody
{
    /// <summary>Makes the option.</summary>
    public static Option<bool> Option() => new("--all") { Description = "Of everybody." };

    /// <summary>Lets a caller name somebody or everybody, not both.</summary>
    public static void Exclude(Command command, Option<bool> all, Argument<string?> principal) => command.Validators.Add(result =>
    {
        if (result.GetResult(all) is not null && result.GetResult(principal) is { Tokens.Count: > 0 })
        {
            result.AddError("--all and a principal exclude each other.");
        }
    });

    /// <summary>Answers who was named; null for everybody.</summary>
    public static async Task<Principal?> FindAsync(
        Invocation invocation, Services services, Session session, Option<bool> all, Argument<string?> principal, CancellationToken cancellationToken) =>
        invocation.Arguments.GetValue(all)
            ? null
            : await Principals.FindAsync(services, invocation.Arguments.GetValue(principal) ?? session.UserId, cancellationToken);
}
