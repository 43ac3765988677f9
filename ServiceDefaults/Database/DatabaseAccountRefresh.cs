using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Keeps the service signed in to its database as the account that is current, and that account kept for the next start. A new account is tried
/// before it is used; while it cannot be had, or does not work, the service goes on with the one it has.
/// </summary>
internal sealed class DatabaseAccountRefresh(
    ServiceDatabase database,
    KeptDatabaseAccount kept,
    Func<DatabaseAccount, NpgsqlDataSource> connect,
    IDatabaseAccountSource accounts,
    TimeProvider clock,
    ILogger<DatabaseAccountRefresh> logger) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private DatabaseAccount? used;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var pause = new BackOff(FirstPause, LongestPause);
        var (saidNotRefreshed, saidNotKept) = (false, false);
        while (true)
        {
            TimeSpan rest;
            try
            {
                var account = await RefreshAsync(stoppingToken);
                saidNotRefreshed = false;
                if (TryKeep(account) is { } problem)
                {
                    if (!saidNotKept)
                    {
                        saidNotKept = true;
                        Log.AccountNotKept(logger, account.Username, problem);
                    }

                    rest = pause.Next();
                }
                else
                {
                    saidNotKept = false;
                    pause.Reset();
                    rest = account.AskAgainAfter;
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: nobody else would try, and the account in use goes on working.
                if (!saidNotRefreshed)
                {
                    saidNotRefreshed = true;
                    Log.AccountNotRefreshed(logger, e);
                }

                rest = pause.Next();
            }

            await Task.Delay(rest, clock, stoppingToken);
        }
    }

    private async Task<DatabaseAccount> RefreshAsync(CancellationToken cancellationToken)
    {
        var account = await accounts.GetAsync(cancellationToken);
        if (account.Username != used?.Username || account.Password != used.Password)
        {
            var source = connect(account);
            try
            {
                await using var first = await source.OpenConnectionAsync(cancellationToken);
            }
            catch
            {
                await source.DisposeAsync();
                throw;
            }

            await database.ChangeToAsync(source);
            used = account;
            Log.AccountChanged(logger, account.Username);
        }

        database.ClearOthers();
        return account;
    }

    private Exception? TryKeep(DatabaseAccount account)
    {
        try
        {
            kept.Keep(account);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return e;
        }
    }
}
