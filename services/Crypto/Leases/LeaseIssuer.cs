using System.Buffers.Text;
using System.Security.Cryptography;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Issues leases: the lease is stored, then the role made, then the lease said to be active. Wherever that is broken off, the lease is still
/// there to be revoked, and Postgres ends the role by itself.
/// </summary>
internal sealed class LeaseIssuer(DatabaseStore databases, DatabaseRegistry registry, LeaseStore leases, IOptions<LeaseOptions> options, TimeProvider clock)
{
    private const int PasswordSizeInBytes = 32;

    // Longer than a call may take and the statements that it may leave behind on the server.
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromMinutes(2);

    // From storing the lease to beginning with the role; a process that slept for longer leaves the role to nobody.
    private static readonly TimeSpan BeginLimit = TimeSpan.FromSeconds(30);

    /// <summary>Makes a role and leases it.</summary>
    /// <param name="database">The database.</param>
    /// <param name="template">The template.</param>
    /// <param name="lifetime">How long, or null for the template's default.</param>
    /// <param name="ownerId">Who gets it.</param>
    /// <param name="auditEvent">Tells of it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="Refusal">The database does not let a role be made: DATABASE_NOT_USABLE.</exception>
    public async Task<LeaseResult> IssueAsync(
        string database, string template, TimeSpan? lifetime, string ownerId, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (await databases.FindTemplateAsync(database, template, cancellationToken) is not { } found
            || await registry.FindAsync(database, cancellationToken) is not { } address)
        {
            return new LeaseResult.TemplateNotFound();
        }

        if (lifetime > found.MaxLifetime)
        {
            return new LeaseResult.TooLong(found.MaxLifetime);
        }

        var now = clock.GetUtcNow();
        now = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerSecond)); // the end is a whole second, here and in Postgres
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var lease = new Lease(
            id, database, template, RoleName.Of(template, id), found.Statements, LeaseState.Creating, ownerId, now, now + (lifetime ?? found.DefaultLifetime), now + found.MaxLifetime, clock.GetUtcNow() + AbandonedAfter, Failures: 0);
        var password = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PasswordSizeInBytes));

        if (await leases.TryAddAsync(lease, found.MaxLeases ?? options.Value.MaxPerTemplate, options.Value.MaxPerOwner, cancellationToken) is { } limit)
        {
            return new LeaseResult.LimitReached(limit);
        }

        try
        {
            if (clock.GetUtcNow() - lease.CreatedAt > BeginLimit)
            {
                throw new TimeoutException("Storing the lease took so long that its role may no longer be made.");
            }

            await RoleWork.CreateAsync(address, found.Statements, lease.Role, ScramVerifier.Of(password), lease.ExpiresAt, cancellationToken);
            if (!await leases.TryActivateAsync(id, auditEvent.With("lease", lease.Path).With("role", $"{lease.Role}"), cancellationToken))
            {
                throw new TimeoutException("The lease was revoked while its role was being made.");
            }
        }
        catch (Exception e)
        {
            // Not waited for by the caller's patience: it is he who may have run out of it. Where this fails too, the lease is found abandoned.
            await leases.AbandonAsync(id, clock.GetUtcNow(), CancellationToken.None);
            if (e is NpgsqlException problem)
            {
                throw DatabaseRefusals.NotUsable(database, problem);
            }

            throw;
        }

        return new LeaseResult.Issued(lease, password);
    }
}

/// <summary>Says how issuing ended. Prints no password.</summary>
internal abstract record LeaseResult
{
    private LeaseResult()
    {
    }

    /// <summary>The lease, and the password of its role.</summary>
    public sealed record Issued(Lease Lease, string Password) : LeaseResult
    {
        public override string ToString() => nameof(Issued);
    }

    /// <summary>There is no such template.</summary>
    public sealed record TemplateNotFound : LeaseResult;

    /// <summary>The template, or its owner, has as many leases as are allowed.</summary>
    public sealed record LimitReached(int Limit) : LeaseResult;

    /// <summary>The template does not let a lease live that long.</summary>
    public sealed record TooLong(TimeSpan MaxLifetime) : LeaseResult;
}
