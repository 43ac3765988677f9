using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure leases</c>: the credentials that were made, until they end.</summary>
internal static class LeaseCommands
{
    public static Command Create(CommandRunner runner) => new("leases", "See, renew and revoke leases of database credentials.")
    {
        List(runner), Renew(runner), Revoke(runner), RevokeAll(runner),
    };

    private static Command List(CommandRunner runner)
    {
        var prefix = PrefixArgument();
        var limit = Pages.Limit();
        return runner.On(new Command("list", "List the leases of a database or template, oldest first.") { prefix, limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var leases = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Leases.ListLeasesAsync(
                    new ListLeasesRequest { Prefix = invocation.Arguments.GetRequiredValue(prefix), PageSize = size, PageToken = token },
                    cancellationToken: cancellationToken);
                return (page.Leases, page.NextPageToken);
            });

            invocation.Answer.Write(new LeaseList([.. leases.Select(LeaseView.Of)]), list => Table.Rows(
                "No leases.",
                ["Lease", "Username", "State", "User id", "Ends", "Renewable to", "Failed"],
                list.Leases.Select(one => new[]
                {
                    one.LeaseId, one.Username, LeaseView.StateName(one.State), one.OwnerId, Text.Time(one.ExpiresAt), Text.Time(one.MaxExpiresAt), $"{one.FailedRevocations}",
                })));
        });
    }

    private static Command Renew(CommandRunner runner)
    {
        var lease = LeaseArgument();
        var lifetime = Durations.Option("--lifetime", "How long it shall live from now: 10m, 12h. Default: as its template says.");
        return runner.On(new Command("renew", "Move the end of a lease.") { lease, lifetime }, async (invocation, cancellationToken) =>
        {
            var request = new RenewLeaseRequest
            {
                LeaseId = invocation.Arguments.GetRequiredValue(lease),
                Lifetime = invocation.Arguments.GetValue(lifetime) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            var response = await invocation.ConnectAsUser().Leases.RenewLeaseAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(LeaseView.Of(response.Lease), LeaseView.ForPeople);
        });
    }

    private static Command Revoke(CommandRunner runner)
    {
        var lease = LeaseArgument();
        return runner.On(new Command("revoke", "End a lease. Exit code 1: the role is not gone yet; the service goes on trying.") { lease }, async (invocation, cancellationToken) =>
        {
            var id = invocation.Arguments.GetRequiredValue(lease);
            var response = await invocation.ConnectAsUser().Leases.RevokeLeaseAsync(new() { LeaseId = id }, cancellationToken: cancellationToken);
            invocation.Answer.Write(
                new RevokedLease(id, response.Revoked),
                one => one.Revoked ? $"{one.LeaseId} is revoked." : $"{one.LeaseId} is not revoked yet: the database does not let it be done, and it is tried until it is.");
            return response.Revoked ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static Command RevokeAll(CommandRunner runner)
    {
        var prefix = PrefixArgument();
        return runner.On(new Command("revoke-all", "End all leases of a database or template, one after the other.") { prefix }, async (invocation, cancellationToken) =>
        {
            var name = invocation.Arguments.GetRequiredValue(prefix);
            var response = await invocation.ConnectAsUser().Leases.RevokeLeasesAsync(new() { Prefix = name }, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Revoking(name, response.Leases), one => $"Leases being revoked: {one.Leases}. `mcpsecure leases list {one.Prefix}` shows what is left.");
        });
    }

    private static Argument<string> LeaseArgument() => new("lease") { Description = "The lease, <database>/<template>/<id>." };

    private static Argument<string> PrefixArgument() => new("prefix") { Description = "<database> or <database>/<template>." };

    private sealed record LeaseList(IReadOnlyList<LeaseView> Leases);

    private sealed record RevokedLease(string LeaseId, bool Revoked);

    private sealed record Revoking(string Prefix, int Leases);
}

/// <summary>Shows a lease.</summary>
internal sealed record LeaseView(
    string LeaseId,
    string Username,
    LeaseState State,
    string OwnerId,
    DateTimeOffset CreatedAt,
    DateTimeOffset ExpiresAt,
    DateTimeOffset MaxExpiresAt,
    int FailedRevocations)
{
    public static LeaseView Of(Lease lease) => new(
        lease.LeaseId,
        lease.Username,
        lease.State,
        lease.OwnerId,
        lease.CreatedAt.ToDateTimeOffset(),
        lease.ExpiresAt.ToDateTimeOffset(),
        lease.MaxExpiresAt.ToDateTimeOffset(),
        lease.FailedRevocations);

    public static string ForPeople(LeaseView lease) => Table.Details(
        ("Lease", lease.LeaseId),
        ("Username", lease.Username),
        ("State", StateName(lease.State)),
        ("Ends", Text.Time(lease.ExpiresAt)),
        ("Renewable to", Text.Time(lease.MaxExpiresAt)));

    public static string StateName(LeaseState state) => state switch
    {
        LeaseState.Unspecified => "unknown",
        LeaseState.Creating => "creating",
        LeaseState.Active => "active",
        LeaseState.Revoking => "revoking",
    };
}
