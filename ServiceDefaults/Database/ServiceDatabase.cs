using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Gives connections to the service's database, signed in as the account that is current. An account is replaced while calls run: who begins
/// anew gets the new one, and what was begun ends on the one before. Safe to use in parallel.
/// </summary>
public sealed class ServiceDatabase : IAsyncDisposable
{
    private readonly NpgsqlDataSource bootstrap;
    private volatile NpgsqlDataSource current;
    private volatile NpgsqlDataSource? retired;

    /// <summary>Begins with the account of a source, which stays its giver's to dispose of.</summary>
    public ServiceDatabase(NpgsqlDataSource bootstrap) => this.bootstrap = current = bootstrap;

    /// <summary>Makes a database of a source whose account stays.</summary>
    public static implicit operator ServiceDatabase(NpgsqlDataSource source) => new(source);

    /// <summary>Makes a command that takes a connection for as long as it runs.</summary>
    public NpgsqlCommand CreateCommand(string sql = "") => current.CreateCommand(sql);

    /// <summary>Gives a connection; disposing of it gives it back.</summary>
    public ValueTask<NpgsqlConnection> OpenConnectionAsync(CancellationToken cancellationToken) => current.OpenConnectionAsync(cancellationToken);

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

        retired?.Clear();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await DisposeOwnAsync(retired);
        await DisposeOwnAsync(current);
    }

    private ValueTask DisposeOwnAsync(NpgsqlDataSource? source) => source is null || source == bootstrap ? ValueTask.CompletedTask : source.DisposeAsync();
}
