using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>The trail in a real host: real Postgres, and the log behind real mutual TLS.</summary>
public sealed class AuditTrailTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private AuditHost audit = null!;

    public async Task InitializeAsync()
    {
        audit = new AuditHost(pki);
        await audit.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await audit.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Event_OfACommittedChange_ArrivesWithWhoCalledFromWhereAndInWhichTrace()
    {
        await using var host = await StartAsync();
        using var client = host.As("friend");
        OnAct(host, ChangeAsync);
        using var trace = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();

        await client.Probe.ActAsync(new EchoRequest { Text = "commit" });

        await Until.TrueAsync(() => Task.FromResult(!audit.Arrived.IsEmpty));
        var arrived = Assert.Single(audit.Arrived);
        Assert.Equal(
            new AuditEvent
            {
                EventId = arrived.EventId,
                OccurredAt = arrived.OccurredAt,
                Source = "probe",
                Action = "probe.note.added",
                Outcome = Outcome.Success,
                Severity = Severity.Info,
                Caller = "friend",
                ClientAddress = arrived.ClientAddress,
                TraceId = trace.TraceId.ToHexString(),
                Resource = "notes/commit",
            },
            arrived);
        Assert.Equal(7, Guid.Parse(arrived.EventId).Version);
        Assert.True(System.Net.IPAddress.IsLoopback(System.Net.IPAddress.Parse(arrived.ClientAddress)));
        Assert.True(TimeProvider.System.GetUtcNow() - arrived.OccurredAt.ToDateTimeOffset() < TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task Event_OfACallForAUser_NamesHim()
    {
        var user = new Actor("0190aaaa-0000-7000-8000-000000000001", "ada", [], [], ["pwd", "otp"], TimeProvider.System.GetUtcNow(), "token");
        await using var host = await StartAsync(builder =>
        {
            builder.Services.AddSingleton<ITokenValidator>(new OneToken("token-of-ada", user)).AddSingleton<IPermissionChecker>(new EverythingAllowed());
            builder.AddActorGate();
        });
        using var client = host.As("friend");
        OnAct(host, async (services, request, context) =>
        {
            await services.GetRequiredService<ActorGate>().RequireAsync(context, "notes", "add", StepUp.Required);
            await ChangeAsync(services, request, context);
        });

        await client.Probe.ActAsync(new EchoRequest { Text = "commit" }, new Metadata { { "authorization", "Bearer token-of-ada" } });

        await Until.TrueAsync(() => Task.FromResult(!audit.Arrived.IsEmpty));
        var arrived = Assert.Single(audit.Arrived);
        Assert.Equal(new Principal { Type = PrincipalType.User, Id = user.UserId }, arrived.Actor);
        Assert.Equal("ada", arrived.ActorName);
    }

    [Fact]
    public async Task Event_OfAChangeThatWasRolledBack_NeverArrives()
    {
        await using var host = await StartAsync();
        using var client = host.As("friend");
        OnAct(host, ChangeAsync);

        await Assert.ThrowsAsync<RpcException>(async () => await client.Probe.ActAsync(new EchoRequest { Text = "roll back" }));
        await client.Probe.ActAsync(new EchoRequest { Text = "commit" });

        await Until.TrueAsync(() => Task.FromResult(!audit.Arrived.IsEmpty));
        Assert.Equal("notes/commit", Assert.Single(audit.Arrived).Resource);
    }

    [Fact]
    public async Task Audit_StoppedAndStarted_LosesNoEventAndNoCallFailsMeanwhile()
    {
        await using var host = await StartAsync();
        using var client = host.As("friend");
        OnAct(host, ChangeAsync);
        await audit.StopAsync();

        for (var i = 0; i < 20; i++)
        {
            await client.Probe.ActAsync(new EchoRequest { Text = $"{i}" });
        }

        await host.Log.FindAsync("Audit events wait in the outbox: Unavailable");
        await audit.StartAsync();

        await Until.TrueAsync(() => Task.FromResult(audit.Arrived.DistinctBy(e => e.EventId).Count() == 20));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"notes/{i}"), audit.Arrived.DistinctBy(e => e.EventId).Select(e => e.Resource));
    }

    [Fact]
    public async Task Audit_RefusesOneEvent_TheOthersArriveAndItIsKeptWithTheReason()
    {
        await using var host = await StartAsync();
        await host.App.Services.GetRequiredService<DatabaseReadiness>().WaitAsync(CancellationToken.None);
        var (outbox, database) = (host.App.Services.GetRequiredService<AuditOutbox>(), host.App.Services.GetRequiredService<NpgsqlDataSource>());
        var poison = OutboxDatabase.Event();
        poison.Action = "Not An Action";

        var batch = EventBatch.Join([.. new[] { OutboxDatabase.Event(), poison, OutboxDatabase.Event() }.Select(one => EventBatch.Of(one.ToByteArray()))]);
        await outbox.AddAsync((ServiceDatabase)database, batch, CancellationToken.None);

        await Until.TrueAsync(() => Task.FromResult(audit.Arrived.Count == 2));
        await host.Log.FindAsync(poison.EventId);
        await using var select = database.CreateCommand("SELECT refused_reason FROM audit_outbox");
        Assert.StartsWith("InvalidArgument: events[0].action: ", (string?)await select.ExecuteScalarAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_StoppedRightAfterADecision_HasWrittenIt()
    {
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await audit.StopAsync();
        await using (var host = await StartAsync(connectionString: connectionString))
        {
            using var client = host.As("friend");
            OnAct(host, DecideAsync);
            await client.Probe.ActAsync(new EchoRequest());
            await host.App.StopAsync();
        }

        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var count = database.CreateCommand("SELECT coalesce(sum(coalesce(events, 1)), 0)::bigint FROM audit_outbox");
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Host_StoppedDuringACall_WritesTheDecisionOfThatCallToo()
    {
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await audit.StopAsync();
        await using (var host = await StartAsync(connectionString: connectionString))
        {
            using var client = host.As("friend");
            var entered = new TaskCompletionSource();
            OnAct(host, async (services, request, context) =>
            {
                entered.SetResult();
                await Task.Delay(500);
                await DecideAsync(services, request, context);
            });

            var call = client.Probe.ActAsync(new EchoRequest());
            await entered.Task;
            await host.App.StopAsync();
            await call;
        }

        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var count = database.CreateCommand("SELECT coalesce(sum(coalesce(events, 1)), 0)::bigint FROM audit_outbox");
        Assert.Equal(1L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Host_StoppedWhileACallHangsThroughTheWholePatience_WritesEveryDecisionThatWasTaken()
    {
        var connectionString = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await audit.StopAsync();
        var taken = 0;
        var refused = new TaskCompletionSource();
        await using (var host = await StartAsync(builder => builder.Configuration["Drain:Finish"] = "00:00:01", connectionString))
        {
            using var client = host.As("friend", options => options.MaxAttempts = 1);
            var entered = new TaskCompletionSource();
            OnAct(host, async (services, request, context) =>
            {
                // Deaf to its cancellation, and deciding until nobody takes decisions any more.
                while (await Record.ExceptionAsync(() => DecideAsync(services, request, context)) is not Refusal)
                {
                    taken++;
                    entered.TrySetResult();
                    await Task.Delay(1);
                }

                refused.SetResult();
            });

            using var call = client.Probe.ActAsync(new EchoRequest());
            await entered.Task;
            await host.App.StopAsync().WaitAsync(TimeSpan.FromSeconds(10));
            await refused.Task.WaitAsync(TimeSpan.FromSeconds(10));
        }

        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var count = database.CreateCommand("SELECT coalesce(sum(coalesce(events, 1)), 0)::bigint FROM audit_outbox");
        Assert.Equal((long)taken, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Postgres_StoppedAndStartedWhileTheLogIsAway_RefusesDecisionsMeanwhileAndRecovers()
    {
        await using var server = await PostgresServer.StartNewAsync();
        await using var host = await StartAsync(connectionString: await server.CreateDatabaseAsync());
        using var client = host.As("friend", options => options.MaxAttempts = 1);
        OnAct(host, DecideAsync);
        await client.Probe.ActAsync(new EchoRequest());

        await audit.StopAsync();
        await server.StopAsync();
        var status = StatusCode.OK;
        await Until.TrueAsync(async () => (status = await StatusAsync(client)) != StatusCode.OK);
        Assert.Equal(StatusCode.Unavailable, status);

        await server.StartAsync();
        await audit.StartAsync();
        await Until.TrueAsync(async () => await StatusAsync(client) == StatusCode.OK);
        await Until.TrueAsync(() => Task.FromResult(audit.Arrived.Count >= 2));
    }

    public static TheoryData<string, string, string, bool> Decisions => new()
    {
        { "notes/1", "", "12", false },
        { "notes/1", "NO_RULE", "", true },
        { new string('r', 127), new string('Q', 128), new string('v', 127), true },
        { $"notes/\u0007\U0001F600{new string('r', 300)}", $"É{new string('Q', 200)}", "write to ada@example.org", true },
        { "notes/\uD83D", "NÖ", new string('\u20AC', 1_500), false },
        { "notes/2", "", $"Bearer {new string('a', 2_000)}", true },
    };

    [Theory]
    [MemberData(nameof(Decisions))]
    public async Task Decision_WithoutAnEventsObjects_IsTheSameEvent(string resource, string reason, string fact, bool forUser)
    {
        await using var host = await StartAsync();
        using var client = host.As("friend");
        OnAct(host, (services, _, context) =>
        {
            if (forUser)
            {
                Call.Of(context).Actor = new Actor("0199e7d8-0000-7000-8000-000000000001", "ada", [], [], [], DateTimeOffset.UnixEpoch, "t");
            }

            var trail = services.GetRequiredService<DecisionTrail>();
            var made = services.GetRequiredService<AuditEvents>().Start(context, "probe.thing.decided").On(resource).With("first", fact).With("second", "2");
            var organization = reason.Length == 0 ? "" : "0199e7d8-0000-7000-8000-000000000002";
            made.In(organization);
            trail.Record(reason.Length == 0 ? made : made.Denied(reason));
            trail.Record(new Decision(context, "probe.thing.decided", resource)
            {
                Organization = organization,
                Reason = reason,
                Outcome = reason.Length == 0 ? Outcome.Success : Outcome.Denied,
                Severity = reason.Length == 0 ? Severity.Info : Severity.Warning,
                Facts = [new("first", fact), new("second", "2")],
            });
            return Task.CompletedTask;
        });

        await client.Probe.ActAsync(new EchoRequest());

        await Until.TrueAsync(() => Task.FromResult(audit.Arrived.Count == 2));
        var (expected, actual) = (audit.Arrived.First(), audit.Arrived.Last());
        Assert.NotEqual(expected.EventId, actual.EventId);
        Assert.InRange(actual.OccurredAt.ToDateTimeOffset() - expected.OccurredAt.ToDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        (actual.EventId, actual.OccurredAt) = (expected.EventId, expected.OccurredAt);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData("", "", "a")]
    [InlineData("laptop", "0199e7d8-0000-7000-8000-000000000009", "ada@example.com")]
    [InlineData("na\u00efve \u202e name", "0199e7d8-0000-7000-8000-000000000009", "Bearer abcdefghijklmnop.qrstuvwxyz")]
    public async Task Decision_OfASubject_TellsWhatAnEventWould(string name, string organization, string fact)
    {
        await using var host = await StartAsync();
        using var client = host.As("friend");
        var subject = new DecisionSubject(PrincipalType.ApiKey, "key-1", name, organization, KeyValuePair.Create("kept", fact), KeyValuePair.Create("more", new string('x', 900)));
        OnAct(host, (services, _, context) =>
        {
            Call.Of(context).Actor = new Actor("0199e7d8-0000-7000-8000-000000000001", "ada", [], [], [], DateTimeOffset.UnixEpoch, "t");
            var trail = services.GetRequiredService<DecisionTrail>();
            trail.Record(services.GetRequiredService<AuditEvents>().Start(context, "probe.thing.decided").By(PrincipalType.ApiKey, "key-1", name).In(organization)
                .On("things/1").With("kept", fact).With("more", new string('x', 900)).With("now", fact));
            trail.Record(new Decision(context, "probe.thing.decided", "things/1") { Subject = subject, Facts = [new("now", fact)] });
            return Task.CompletedTask;
        });

        await client.Probe.ActAsync(new EchoRequest());

        await Until.TrueAsync(() => Task.FromResult(audit.Arrived.Count == 2));
        var (expected, actual) = (audit.Arrived.First(), audit.Arrived.Last());
        (actual.EventId, actual.OccurredAt) = (expected.EventId, expected.OccurredAt);
        Assert.Equal(expected, actual);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Postgres_HangsWhileTheLogIsAway_NoDecisionIsAnsweredThatIsNotWritten(bool refused)
    {
        await audit.StopAsync();
        await using var server = await PostgresServer.StartNewAsync();
        await using var host = await StartAsync(connectionString: await server.CreateDatabaseAsync());
        using var client = host.As("friend", options => options.MaxAttempts = 1);
        OnAct(host, async (services, request, context) =>
        {
            await DecideAsync(services, request, context);
            await Task.Delay(100);
            if (refused)
            {
                throw Refusal.Because(ErrorReason.PermissionDenied, "No.");
            }
        });
        var answer = refused ? StatusCode.PermissionDenied : StatusCode.OK;
        Assert.Equal(answer, await StatusAsync(client));

        server.Freeze();
        var begun = TimeProvider.System.GetTimestamp();
        Assert.Equal(StatusCode.Unavailable, await StatusAsync(client));
        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(5));

        server.Thaw();
        await Until.TrueAsync(async () => await StatusAsync(client) == answer);
    }

    private static async Task<StatusCode> StatusAsync(ProbeClient client)
    {
        try
        {
            await client.Probe.ActAsync(new EchoRequest());
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    private static void OnAct(ProbeHost host, Func<IServiceProvider, EchoRequest, ServerCallContext, Task> act) =>
        host.App.Services.GetRequiredService<ProbeActions>().Act = async (request, context) =>
        {
            await act(host.App.Services, request, context);
            return new EchoResponse();
        };

    private static async Task ChangeAsync(IServiceProvider services, EchoRequest request, ServerCallContext context)
    {
        var database = services.GetRequiredService<NpgsqlDataSource>();
        await using var connection = await database.OpenConnectionAsync(context.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(context.CancellationToken);
        await using var change = new NpgsqlCommand("INSERT INTO note VALUES ($1)", connection, transaction) { Parameters = { new() { Value = request.Text } } };
        await change.ExecuteNonQueryAsync(context.CancellationToken);
        await services.GetRequiredService<AuditOutbox>().AddAsync(
            transaction,
            services.GetRequiredService<AuditEvents>().Start(context, "probe.note.added").On($"notes/{request.Text}"),
            context.CancellationToken);
        if (request.Text == "roll back")
        {
            throw new InvalidOperationException("The change fails after its event was added.");
        }

        await transaction.CommitAsync(context.CancellationToken);
    }

    private static Task DecideAsync(IServiceProvider services, EchoRequest request, ServerCallContext context)
    {
        services.GetRequiredService<DecisionTrail>().Record(services.GetRequiredService<AuditEvents>().Start(context, "probe.thing.decided"));
        return Task.CompletedTask;
    }

    private async Task<ProbeHost> StartAsync(Action<WebApplicationBuilder>? configure = null, string? connectionString = null)
    {
        connectionString ??= await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var host = await ProbeHost.StartAsync(
            pki,
            configure: builder =>
            {
                builder.AddDatabase("probedb", typeof(AuditTrailTests).Assembly);
                builder.AddAuditTrail();
                configure?.Invoke(builder);
            },
            settings: [("ConnectionStrings:probedb", connectionString), ($"Peers:{Peers.Audit}", audit.Address.ToString())]);
        await host.App.Services.GetRequiredService<DatabaseReadiness>().WaitAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(30));
        await Until.TrueAsync(() => Task.FromResult(host.App.Services.GetRequiredService<DecisionTrail>().IsWritable));
        return host;
    }

    private sealed class OneToken(string token, Actor actor) : ITokenValidator
    {
        public Task<TokenVerdict> ValidateAsync(string presented, CancellationToken cancellationToken) =>
            Task.FromResult<TokenVerdict>(presented == token ? new TokenVerdict.Valid(actor) : new TokenVerdict.Invalid());
    }

    private sealed class EverythingAllowed : IPermissionChecker
    {
        public Task<AccessDecision> DecideAsync(Actor actor, WantedAccess wanted, CancellationToken cancellationToken) => Task.FromResult(AccessDecision.Allowed);
    }
}
