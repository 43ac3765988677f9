using McpSecure.Crypto.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Asks Crypto for this workload's account.</summary>
internal sealed class PeerDatabaseAccounts(DatabaseAccountService.DatabaseAccountServiceClient client) : IDatabaseAccountSource
{
    public async Task<DatabaseAccount> GetAsync(CancellationToken cancellationToken)
    {
        var answer = await client.GetDatabaseAccountAsync(new GetDatabaseAccountRequest(), cancellationToken: cancellationToken);
        return new DatabaseAccount(answer.Username, answer.Password, answer.AskAgainAfter.ToTimeSpan());
    }
}
