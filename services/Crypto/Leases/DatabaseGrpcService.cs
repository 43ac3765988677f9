using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Answers calls about databases, templates, and roles made from them.</summary>
internal sealed class DatabaseGrpcService(
    ActorGate gate, DatabaseStore store, DatabaseRegistry registry, TemplateTrial trial, LeaseIssuer issuer, RecordedDecisions decisions, AuditEvents events)
    : DatabaseService.DatabaseServiceBase
{
    public override Task<PutDatabaseResponse> PutDatabase(PutDatabaseRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.database.registered", $"databases/{request.Name}", "write", StepUp.Required, async (_, auditEvent) =>
        {
            if (!DatabaseAddress.TryParse(request.ConnectionString, out var address, out var flaw))
            {
                throw Refusal.InvalidField("connection_string", flaw);
            }

            await registry.RegisterAsync(request.Name, address, auditEvent, context.CancellationToken);
            var all = await store.ListAsync(context.CancellationToken);
            return new PutDatabaseResponse { Database = Message(all.FirstOrDefault(one => one.Name == request.Name) ?? throw DatabaseRefusals.NotFound(request.Name)) };
        });

    public override Task<ListDatabasesResponse> ListDatabases(ListDatabasesRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.database.listed", "databases", async ValueTask<(ListDatabasesResponse, int?)> () =>
        {
            await gate.RequireAsync(context, "databases", "read", StepUp.NotRequired);
            return (new() { Databases = { (await store.ListAsync(context.CancellationToken)).Select(Message) } }, null);
        });

    public override Task<DeleteDatabaseResponse> DeleteDatabase(DeleteDatabaseRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.database.deleted", $"databases/{request.Name}", "delete", StepUp.Required, async (_, auditEvent) =>
        {
            try
            {
                return await store.DeleteAsync(request.Name, auditEvent, context.CancellationToken) ? new DeleteDatabaseResponse() : throw DatabaseRefusals.NotFound(request.Name);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                throw DatabaseRefusals.InUse(request.Name);
            }
        });

    public override Task<PutCredentialTemplateResponse> PutCredentialTemplate(PutCredentialTemplateRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.credential_template.written", TemplateResource(request.Database, request.Name), "write", StepUp.Required, async (_, auditEvent) =>
        {
            if (!TemplateStatements.TryParse(request.CreationStatements, request.RenewalStatements, request.RevocationStatements, out var statements, out var wrong))
            {
                throw Refusal.InvalidField(wrong.Name, wrong.Flaw);
            }

            var template = new CredentialTemplate(
                request.Database,
                request.Name,
                statements,
                request.DefaultLifetime.ToTimeSpan(),
                request.MaxLifetime.ToTimeSpan(),
                request.MaxLeases > 0 ? request.MaxLeases : null);
            if (template.MaxLifetime < template.DefaultLifetime)
            {
                throw Refusal.InvalidField("max_lifetime", "must not be less than default_lifetime.");
            }

            var address = await registry.FindAsync(request.Database, context.CancellationToken) ?? throw DatabaseRefusals.NotFound(request.Database);
            await trial.RunAsync(request.Database, address, statements, context.CancellationToken);
            try
            {
                await store.PutTemplateAsync(template, auditEvent, context.CancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.ForeignKeyViolation)
            {
                throw DatabaseRefusals.NotFound(request.Database); // forgotten during the trial
            }

            return new PutCredentialTemplateResponse { Template = Message(template) };
        });

    public override Task<DeleteCredentialTemplateResponse> DeleteCredentialTemplate(DeleteCredentialTemplateRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.credential_template.deleted", TemplateResource(request.Database, request.Name), "delete", StepUp.Required, async (_, auditEvent) =>
            await store.DeleteTemplateAsync(request.Database, request.Name, auditEvent, context.CancellationToken)
                ? new DeleteCredentialTemplateResponse()
                : throw DatabaseRefusals.TemplateNotFound(request.Database, request.Name));

    public override Task<CreateCredentialsResponse> CreateCredentials(CreateCredentialsRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.lease.issued", TemplateResource(request.Database, request.Template), "use", StepUp.NotRequired, async (actor, auditEvent) =>
        {
            var result = await issuer.IssueAsync(
                request.Database, request.Template, request.Lifetime?.ToTimeSpan(), actor.UserId, auditEvent, context.CancellationToken);

            return result switch
            {
                LeaseResult.Issued(var lease, var password) => new CreateCredentialsResponse
                {
                    LeaseId = lease.Path,
                    Username = $"{lease.Role}",
                    Password = password,
                    ExpiresAt = lease.ExpiresAt.ToTimestamp(),
                    MaxExpiresAt = lease.MaxExpiresAt.ToTimestamp(),
                },
                LeaseResult.TemplateNotFound => throw DatabaseRefusals.TemplateNotFound(request.Database, request.Template),
                LeaseResult.TooLong(var longest) => throw Refusal.InvalidField("lifetime", $"must be at most {longest.TotalSeconds:0} seconds with this template."),
                LeaseResult.LimitReached(var limit) => throw Refusal.Because(
                    ErrorReason.LeaseLimitReached, "The most leases allowed at a time are there already; revoke one first.", ("limit", limit)),
                _ => throw new UnreachableException(),
            };
        });

    private Task<T> ChangeAsync<T>(
        ServerCallContext context, string what, string resource, string action, StepUp stepUp, Func<Actor, AuditEvent, Task<T>> change) =>
        decisions.RunChangeAsync(context, what, resource, async () =>
        {
            var actor = await gate.RequireAsync(context, resource, action, stepUp);
            return await change(actor, events.Start(context, what).On(resource));
        });

    private static string TemplateResource(string database, string template) => $"databases/{database}/templates/{template}";

    private static Database Message(RegisteredDatabase database) => new()
    {
        Name = database.Name,
        Host = database.Host,
        Database_ = database.Database,
        Username = database.Username,
        Leases = database.Leases,
        Templates = { database.Templates.Select(Message) },
    };

    private static V1.CredentialTemplate Message(CredentialTemplate template) => new()
    {
        Database = template.Database,
        Name = template.Name,
        CreationStatements = template.Statements.Creation,
        RenewalStatements = template.Statements.Renewal,
        RevocationStatements = template.Statements.Revocation,
        DefaultLifetime = Duration.FromTimeSpan(template.DefaultLifetime),
        MaxLifetime = Duration.FromTimeSpan(template.MaxLifetime),
        MaxLeases = template.MaxLeases ?? 0,
    };
}
