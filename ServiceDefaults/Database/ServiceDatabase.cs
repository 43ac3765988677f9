using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Gives connections to the service's database, signed in as the account that is current. An account is replaced while calls run: who begins
/// anew gets the new one, and what was begun ends on the one before. Safe to use in parallel.
/// </summary>
public sealed class ServiceDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource bootstrap;
    private readonly NpgsqlDataSource? kept;
    private volatile NpgsqlDataSource current;
    private volatile NpgsqlDataSource? retired;

    /// <summary>Begins with the account of a source, which stays its giver's to dispose of.</summary>
    public ServiceDatabase(NpgsqlDataSource bootstrap)
        : this(bootstrap, kept: null)
    {
    }

    /// <summary>Begins with the account of a source that was kept, where there is one, which is this one's from now on.</summary>
    internal ServiceDatabase(NpgsqlDataSource bootstrap, NpgsqlDataSource? kept) =>
        (this.bootstrap, this.kept, current) = (bootstrap, kept, kept ?? bootstrap);

    /// <summary>Gets the user name that it is signed in with.</summary>
    public string? Username => new NpgsqlConnectionStringBuilder(current.ConnectionString).Username;

    /// <summary>Makes a database of a source whose account stays.</summary>
    public static implicit operator ServiceDatabase(NpgsqlDataSource source) => new(source);

    /// <summary>Makes a command that takes a connection for as long as it runs.</summary>
    public NpgsqlCommand CreateCommand(string sql = "") => current.CreateCommand(sql);

    /// <summary>Gives a connection; disposing of it gives it back.</summary>
    public ValueTask<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken) => current.OpenConnectionAsync(cancellationToken);

    /// <summary>Goes over from the account that was kept, which is refused, to that of the connection string. Returns false where it is none that was kept.</summary>
    internal bool TryLeaveKept() => kept is not null && Interlocked.CompareExchange(ref current, bootstrap, kept) == kept;

    /// <summary>Goes back from the connection string's account, which is refused too, to the one that was kept. Returns false where there is none.</summary>
    internal bool TryReturnToKept() => kept is not null && Interlocked.CompareExchange(ref current, kept, bootstrap) == bootstrap;

    /// <summary>
    /// Goes over to a source, which is then this one's. Idle connections of the one before are closed, busy ones when they are given back. It is
    /// disposed of at the change after this: between the two lies more time than anybody takes from making a command to running it.
    /// </summary>
    internal async Task ChangeToAsync(NpgsqlDataSource next)
    {
        var before = current;
        current = next;
        await DisposeOwnAsync(retired);
        retired = before;
        ClearOthers();
    }

    /// <summary>Closes idle connections that are not of the current account: who was about to begin when it changed has left some.</summary>
    internal void ClearOthers()
    {
        if (current != bootstrap)
        {
            bootstrap.Clear();
        }

        if (current != kept)
        {
            kept?.Clear();
        }

        retired?.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DisposeOwnAsync(retired);
        await DisposeOwnAsync(current);
        if (kept is not null)
        {
            await kept.DisposeAsync();
        }
    }

    // The two that a start begins with stay until the end.
    private ValueTask DisposeOwnAsync(NpgsqlDataSource? source) => source is null || source == bootstrap || source == kept ? ValueTask.CompletedTask : source.DisposeAsync();
}
