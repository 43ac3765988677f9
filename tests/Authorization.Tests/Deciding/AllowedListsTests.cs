using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace McpSecure.Authorization.Tests;

public sealed class AllowedListsTests(AuthorizationDatabase database) : IClassFixture<AuthorizationDatabase>
{
    private const int Worlds = 20;
    private const int PrincipalsEach = 6;

    private static readonly CancellationToken None = CancellationToken.None;
    private static readonly Guid?[] Places = [null, .. RandomModel.Organizations];

    private readonly FakeClock clock = new(RandomModel.Now);
    private readonly List<(Guid? Organization, string Resource)> registered = [];
    private readonly List<Principal> principals = [];

    [Fact]
    public async Task Lists_RandomWorlds_AgreeWithCheckOnEveryElementAndOmitNone()
    {
        var store = new RightsStore(database.DataSource);
        using var reader = new RightsReader(store, new InvalidationChannel(clock, NullLogger<InvalidationChannel>.Instance), clock);
        var lists = new AllowedLists(reader, store, new ResourceStore(database.DataSource));
        var (allowed, denied) = (0, 0);
        for (var seed = 0; seed < Worlds; seed++)
        {
            var model = await MakeAsync(seed);
            foreach (var organization in Places)
            {
                var question = model.Question() with { Organization = organization };
                foreach (var principal in principals)
                {
                    var expected = new List<string>();
                    foreach (var (_, resource) in registered.Where(one => one.Organization == organization).OrderBy(one => one.Resource, StringComparer.Ordinal))
                    {
                        if (await MayAsync(reader, principal, question with { Resource = resource }))
                        {
                            expected.Add(resource);
                        }
                    }

                    Assert.Equal(expected, await AllResourcesAsync(lists, principal, question, prefix: ""));
                    Assert.Equal(expected.Where(resource => resource.StartsWith('a')), await AllResourcesAsync(lists, principal, question, "a"));
                }

                for (var i = 0; i < 5; i++)
                {
                    question = model.Question() with { Organization = organization, Scopes = [], NarrowedTo = [] };
                    var who = new List<Principal>();
                    foreach (var principal in principals.OrderBy(one => one.Kind).ThenBy(one => one.Id, StringComparer.Ordinal))
                    {
                        if (await MayAsync(reader, principal, question))
                        {
                            who.Add(principal);
                        }
                    }

                    Assert.Equal(who, await AllPrincipalsAsync(lists, question));
                    allowed += who.Count;
                    denied += principals.Count - who.Count;
                }
            }
        }

        Assert.True(allowed > 50 && denied > 50, $"{allowed} allowed, {denied} denied: the worlds prove little.");
    }

    private static async Task<bool> MayAsync(RightsReader reader, Principal principal, Question question) =>
        DecisionRules.Decide(await reader.ReadAsync(principal, question.Organization, default, None), question).Allowed;

    private static async Task<List<string>> AllResourcesAsync(AllowedLists lists, Principal principal, Question question, string prefix)
    {
        var all = new List<string>();
        for (var after = ""; ;)
        {
            var page = await lists.ResourcesAsync(principal, question, prefix, after, size: 2, default, None);
            all.AddRange(page.Items);
            if (page.Last is not [var last])
            {
                return all;
            }

            after = last;
        }
    }

    private static async Task<List<Principal>> AllPrincipalsAsync(AllowedLists lists, Question question)
    {
        var all = new List<Principal>();
        for (var after = ((short)0, ""); ;)
        {
            var page = await lists.PrincipalsAsync(question, after, size: 2, default, None);
            all.AddRange(page.Items);
            if (page.Last is not [var last])
            {
                return all;
            }

            after = ((short)last.Kind, last.Id);
        }
    }

    private async Task<RandomModel> MakeAsync(int seed)
    {
        registered.Clear();
        principals.Clear();
        var model = new RandomModel(seed);
        var rows = new NpgsqlBatch(await database.DataSource.OpenConnectionAsync());
        await using var connection = rows.Connection;
        Add(rows, "TRUNCATE organizations, role_assignments, grants, resources, roles CASCADE");
        foreach (var (organization, roles) in model.Roles)
        {
            Add(rows, "INSERT INTO organizations (id, name, display_name, created_at) VALUES ($1, $2, 'x', now())", organization, $"o{organization:n}");
            foreach (var role in roles.Custom)
            {
                var id = Guid.CreateVersion7(clock.GetUtcNow());
                Add(rows, "INSERT INTO roles (id, organization_id, name, description, created_at, changed_at) VALUES ($1, $2, $3, '', now(), now())", id, organization, role.Name);
                foreach (var (permission, position) in role.Permissions.Select((permission, i) => (permission, i)))
                {
                    Add(
                        rows,
                        "INSERT INTO role_permissions VALUES ($1, $2, $3, $4, $5, $6)",
                        id, position, permission.Resource.Text, permission.Action.Text, (short)permission.Effect, permission.SecondFactor);
                }

                foreach (var included in role.Includes)
                {
                    Add(rows, "INSERT INTO role_inclusions VALUES ($1, $2)", id, included);
                }
            }
        }

        for (var i = 0; i < PrincipalsEach; i++)
        {
            var principal = i == 0 ? Principal.Of(PrincipalKind.Service, "webshop")!.Value : Principal.User(Guid.CreateVersion7(clock.GetUtcNow()));
            principals.Add(principal);
            Add(rows, principal, new RandomModel((seed * 100) + i).Holdings);
        }

        await rows.ExecuteNonQueryAsync();
        return model;
    }

    private void Add(NpgsqlBatch rows, Principal principal, Holdings holdings)
    {
        var (kind, id) = ((short)principal.Kind, principal.Id);
        foreach (var held in holdings.Roles)
        {
            Add(
                rows,
                "INSERT INTO role_assignments (id, principal_kind, principal_id, role, assigned_at, organization_id, subtree, expires_at) VALUES ($1, $2, $3, $4, now(), $5, $6, $7) ON CONFLICT DO NOTHING",
                Guid.CreateVersion7(clock.GetUtcNow()), kind, id, held.Role, Sql.Of(held.Organization), Sql.Of(held.Subtree), Sql.Of(held.ExpiresAt));
        }

        foreach (var grant in holdings.Grants)
        {
            Add(
                rows,
                "INSERT INTO grants VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now(), $9)",
                Guid.CreateVersion7(clock.GetUtcNow()), kind, id, Sql.Of(grant.Organization), grant.Permission.Resource.Text, grant.Permission.Action.Text, (short)grant.Permission.Effect, grant.Permission.SecondFactor, Sql.Of(grant.ExpiresAt));
        }

        foreach (var owned in holdings.Owned.Where(owned => !registered.Contains((owned.Organization, owned.Resource))))
        {
            registered.Add((owned.Organization, owned.Resource));
            Add(rows, "INSERT INTO resources VALUES ($1, $2, $3, $4, $5, now())", Guid.CreateVersion7(clock.GetUtcNow()), Sql.Of(owned.Organization), owned.Resource, kind, id);
        }
    }

    private static void Add(NpgsqlBatch rows, string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        }

        rows.BatchCommands.Add(command);
    }
}
