using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static McpSecure.ApiKey.Tests.ApiKeyPlatform;
using UsageClient = McpSecure.ApiKey.V1.ApiKeyUsageService.ApiKeyUsageServiceClient;

namespace McpSecure.ApiKey.Tests;

public sealed class UsageTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>
{
    [Fact]
    public async Task Usage_OfTwoReplicas_IsAddedUp()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        for (var i = 0; i < 3; i++)
        {
            await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret });
            await platform.As("webshop", platform.Second).ValidateApiKeyAsync(new() { Secret = created.Secret });
        }

        await RefusedAsync(platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret, RequiredScopes = { "org:read" } }));
        var used = await UsageAsync(created, user, usage => usage.Hours.Sum(hour => hour.Allowed + hour.Denied) == 7);

        Assert.Equal((6, 1, 0), (used.Hours.Sum(hour => hour.Allowed), used.Hours.Sum(hour => hour.Denied), used.Hours.Sum(hour => hour.Limited)));
        Assert.All(used.Hours, hour => Assert.Equal(0, hour.Hour.Seconds % 3_600));
        var listed = Assert.Single((await platform.As("cli").ListApiKeysAsync(new(), platform.Auth.SignIn(user))).ApiKeys);
        Assert.InRange(platform.Clock.GetUtcNow() - listed.LastUsedAt.ToDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        Assert.InRange(platform.Clock.GetUtcNow() - used.LastUsedAt.ToDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Attack_UsageOfAnothersKey_ReadsAsNoKey()
    {
        var created = await platform.CreateAsync(platform.NewUser());
        var usage = platform.As<UsageClient>("cli");
        var thief = platform.Auth.SignIn(platform.NewUser());

        var anothers = await RefusedAsync(usage.GetApiKeyUsageAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, thief));
        var none = await RefusedAsync(usage.GetApiKeyUsageAsync(new() { ApiKeyId = ApiKeyId.New(platform.Clock.GetUtcNow()).ToString() }, thief));

        Assert.Equal((ErrorReason.ApiKeyNotFound, none.Message), (anothers.Reason, anothers.Message));
        Assert.Equal(ErrorReason.ApiKeyNotFound, none.Reason);
        await platform.AuditLog.FindAsync(
            Events.KeyRead, told => told.Resource == $"api-keys/{created.ApiKey.ApiKeyId}" && told.Outcome == Audit.V1.Outcome.Denied && told.Reason == "API_KEY_NOT_FOUND");
    }

    [Theory]
    [InlineData(long.MaxValue)] // no time at all
    [InlineData(253_402_300_799)] // the last second of 9999: an hour more would be none
    [InlineData(0)]
    public async Task Usage_TimeOutOfRange_IsRefusedByField(long seconds)
    {
        var refused = await RefusedAsync(platform.As<UsageClient>("cli").GetApiKeyUsageAsync(
            new() { ApiKeyId = ApiKeyId.New(platform.Clock.GetUtcNow()).ToString(), To = new() { Seconds = seconds } }, platform.Auth.SignIn(platform.NewUser())));

        Assert.Equal((ErrorReason.FieldInvalid, "to"), (refused.Reason, Assert.Single(refused.Violations).Field));
    }

    [Fact]
    public async Task Usage_OfAnothersKeyWithTheRight_IsTold()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret });
        await UsageAsync(created, user, usage => usage.Hours.Count == 1);
        var before = platform.Authorization.Decide;
        platform.Authorization.Decide = question => question is { Action: "read" } && question.Resource == $"api-keys/{created.ApiKey.ApiKeyId}";

        var told = await platform.As<UsageClient>("cli").GetApiKeyUsageAsync(
            new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(platform.NewUser()));
        platform.Authorization.Decide = before;

        Assert.Equal(1, Assert.Single(told.Hours).Allowed);
    }

    [Theory]
    [InlineData(32 * 24, 0)]
    [InlineData(1, 2)]
    public async Task Usage_RangeOutOfForm_IsRefused(int fromHoursAgo, int toHoursAgo)
    {
        var now = platform.Clock.GetUtcNow();
        var refused = await RefusedAsync(platform.As<UsageClient>("cli").GetApiKeyUsageAsync(
            new()
            {
                ApiKeyId = ApiKeyId.New(now).ToString(),
                From = now.AddHours(-fromHoursAgo).ToTimestamp(),
                To = now.AddHours(-toHoursAgo).ToTimestamp(),
            },
            platform.Auth.SignIn(platform.NewUser())));

        Assert.Equal("from", Assert.Single(refused.Violations).Field);
    }

    [Fact]
    public async Task Usage_ReplicaStops_WhatItCountedIsWritten()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var replica = await platform.StartReplicaAsync(("Usage:FlushInterval", "00:01:00"));
        await platform.As("webshop", replica).ValidateApiKeyAsync(new() { Secret = created.Secret });

        await replica.StopAsync();

        Assert.Equal(1, (await UsageAsync(created, user, _ => true)).Hours.Sum(hour => hour.Allowed));
    }

    // Whatever holds the counts up holds no validation up, and they come when they can.
    [Fact]
    public async Task Usage_CannotBeWritten_ValidationGoesOnAndNothingIsLost()
    {
        var user = platform.NewUser();
        var created = await platform.CreateAsync(user);
        var client = platform.As("webshop");
        await using (var database = NpgsqlDataSource.Create(platform.Database))
        await using (var connection = await database.OpenConnectionAsync())
        await using (await connection.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("LOCK TABLE api_key_usage", connection);
            await hold.ExecuteNonQueryAsync();
            for (var i = 0; i < 50; i++)
            {
                await client.ValidateApiKeyAsync(new() { Secret = created.Secret });
                await Task.Delay(20);
            }
        }

        await UsageAsync(created, user, usage => usage.Hours.Sum(hour => hour.Allowed) == 50);
    }

    // Validation goes on as long as the audit log takes the decisions at once, and the key's row is not older than a cache may be.
    [Fact]
    public async Task Usage_PostgresStopped_WhatIsValidatedNonethelessIsCounted()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        var superuser = await postgres.CreateDatabaseAsync();
        var replica = await platform.StartReplicaAsync(("ConnectionStrings:apikeydb", superuser));
        var created = await platform.As("cli", replica).CreateApiKeyAsync(
            new() { Name = "x", Scopes = { "mcp:read" } }, platform.Auth.SignIn(platform.NewUser()));
        var client = platform.As("webshop", replica);
        await client.ValidateApiKeyAsync(new() { Secret = created.Secret });

        await postgres.KillAsync();
        var valid = 1L;
        for (var i = 0; i < 20; i++)
        {
            valid += await IsValidAsync(client, created.Secret) ? 1 : 0;
        }

        platform.Clock.Advance(TimeSpan.FromSeconds(6));
        var refused = await RefusedAsync(client.ValidateApiKeyAsync(new() { Secret = created.Secret }));
        await postgres.StartAsync();

        Assert.Equal(ErrorReason.DependencyUnavailable, refused.Reason);
        await using var database = NpgsqlDataSource.Create(superuser);
        await replica.WaitUntilAsync(async () =>
        {
            await using var count = database.CreateCommand("SELECT coalesce(sum(allowed), 0)::bigint FROM api_key_usage");
            return await count.ExecuteScalarAsync() is long counted && counted == valid;
        });
    }

    [Fact]
    public async Task Pruning_HoursWhoseTimeIsUp_AreForgotten()
    {
        var store = platform.First.Services.GetRequiredService<UsageStore>();
        var key = ApiKeyId.New(platform.Clock.GetUtcNow());
        var now = platform.Clock.GetUtcNow();
        var hour = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
        await store.AddAsync([Use(hour.AddDays(-91)), Use(hour.AddDays(-90).AddHours(-1)), Use(hour.AddDays(-89))], CancellationToken.None);

        Assert.Equal(1, await store.PruneAsync(now.AddDays(-90), most: 1, CancellationToken.None));
        Assert.Equal(1, await store.PruneAsync(now.AddDays(-90), most: 10, CancellationToken.None));

        var left = await store.ReadAsync(RowScope.Administrator, key, DateTimeOffset.UnixEpoch, now, CancellationToken.None);
        Assert.Equal(hour.AddDays(-89), Assert.Single(left).Hour);

        KeyUse Use(DateTimeOffset at) => new(key, at, new UseCounts(1, 0, 0), LastAllowedAt: null);
    }

    [Fact]
    public async Task Attack_AnotherOwnersUsage_IsNotSeenByTheServicesOwnRole()
    {
        var (mine, other) = (platform.NewUser(), platform.NewUser());
        var created = await platform.CreateAsync(mine);
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = created.Secret });
        await UsageAsync(created, mine, usage => usage.Hours.Count == 1);
        var store = platform.First.Services.GetRequiredService<UsageStore>();
        var key = new ApiKeyId(Guid.Parse(created.ApiKey.ApiKeyId));
        var end = platform.Clock.GetUtcNow().AddHours(1);

        Assert.Empty(await store.ReadAsync(RowScope.OfOwner(other), key, DateTimeOffset.UnixEpoch, end, CancellationToken.None));
        Assert.Null(await store.FindLastUseAsync(RowScope.OfOwner(other), key, CancellationToken.None));
        Assert.Single(await store.ReadAsync(RowScope.OfOwner(mine), key, DateTimeOffset.UnixEpoch, end, CancellationToken.None));
    }

    private static async Task<bool> IsValidAsync(ApiKeyService.ApiKeyServiceClient client, string secret)
    {
        try
        {
            await client.ValidateApiKeyAsync(new() { Secret = secret });
            return true;
        }
        catch (Grpc.Core.RpcException)
        {
            return false;
        }
    }

    private async Task<GetApiKeyUsageResponse> UsageAsync(CreateApiKeyResponse created, Guid user, Func<GetApiKeyUsageResponse, bool> isThere)
    {
        GetApiKeyUsageResponse usage = null!;
        await platform.First.WaitUntilAsync(async () =>
        {
            usage = await platform.As<UsageClient>("cli").GetApiKeyUsageAsync(new() { ApiKeyId = created.ApiKey.ApiKeyId }, platform.Auth.SignIn(user));
            return isThere(usage);
        });
        return usage;
    }
}
