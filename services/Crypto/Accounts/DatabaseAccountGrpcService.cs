using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Answers calls about the accounts that services sign in to their databases with.</summary>
internal sealed class DatabaseAccountGrpcService(
    ActorGate gate, AccountStore store, AccountReader reader, AccountRotation rotation, RecordedDecisions decisions, AuditEvents events, IOptions<DatabaseAccountsOptions> options)
    : DatabaseAccountService.DatabaseAccountServiceBase
{
    public override Task<GetDatabaseAccountResponse> GetDatabaseAccount(GetDatabaseAccountRequest request, ServerCallContext context)
    {
        var workload = context.Peer().Name;
        return decisions.RunAsync(context, "crypto.database_account.read", Resource(workload), async ValueTask<(GetDatabaseAccountResponse, int?)> () =>
        {
            var account = await reader.FindAsync(workload, context.CancellationToken) ?? throw NotFound(workload);
            return (new() { Username = account.Username, Password = account.Password, AskAgainAfter = Duration.FromTimeSpan(account.AskAgainAfter) }, null);
        });
    }

    public override Task<ListDatabaseAccountsResponse> ListDatabaseAccounts(ListDatabaseAccountsRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.database_account.listed", "database-accounts", async ValueTask<(ListDatabaseAccountsResponse, int?)> () =>
        {
            await gate.RequireAsync(context, "database-accounts", "read", StepUp.NotRequired);
            var accounts = await store.ListAsync(context.CancellationToken);
            return (new() { Accounts = { accounts.Where(IsConfigured).Select(Message) } }, null);
        });

    public override Task<RotateDatabaseAccountResponse> RotateDatabaseAccount(RotateDatabaseAccountRequest request, ServerCallContext context)
    {
        const string What = "crypto.database_account.rotated";
        return decisions.RunChangeAsync(context, What, Resource(request.Workload), async () =>
        {
            await gate.RequireAsync(context, Resource(request.Workload), "rotate", StepUp.Required);
            var account = await store.FindAsync(request.Workload, context.CancellationToken);
            if (account is null || options.Value.Find(account.Workload) is not { } owner)
            {
                throw NotFound(request.Workload);
            }

            if (!await rotation.TryRotateAsync(account, owner, events.Start(context, What).On(Resource(request.Workload)), context.CancellationToken))
            {
                throw Refusal.Because(ErrorReason.AccountRotating, "The other login is not ready: the overlap of the last rotation is not over, or it takes no password of ours. Try again later.", ("workload", request.Workload));
            }

            return new RotateDatabaseAccountResponse { Account = Message(await store.FindAsync(request.Workload, context.CancellationToken) ?? throw NotFound(request.Workload)) };
        });
    }

    private bool IsConfigured(StoredAccount account) => options.Value.Logins.ContainsKey(account.Workload);

    private V1.DatabaseAccount Message(StoredAccount account) => new()
    {
        Workload = account.Workload,
        Username = StoredAccount.UsernameOf(options.Value.Find(account.Workload)!, account.Current),
        Version = account.Version,
        Since = account.Since.ToTimestamp(),
        Ready = account.IsReady,
    };

    private static string Resource(string workload) => $"database-accounts/{workload}";

    private static Refusal NotFound(string workload) =>
        Refusal.Because(ErrorReason.AccountNotFound, "No account of a database is kept for this workload.", ("workload", workload));
}
