using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Keeps the service signed in to its database as the account that is current. A new account is tried before it is used; while it cannot be
/// had, or does not work, the service goes on with the one it has.
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
        var said = false;
        while (true)
        {
            TimeSpan rest;
            try
            {
                rest = await RefreshAsync(stoppingToken);
                pause.Reset();
                said = false;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is: nobody else would try, and the account in use goes on working.
                if (!said)
                {
                    said = true;
                    Log.AccountNotRefreshed(logger, e);
                }

                rest = pause.Next();
            }

            await Task.Delay(rest, clock, stoppingToken);
        }
    }

    private async Task<TimeSpan> RefreshAsync(CancellationToken cancellationToken)
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
        kept.Keep(account);
        return account.AskAgainAfter;
    }
}
