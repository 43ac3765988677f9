using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Authorization.Tests;

/// <summary>An organization in which a hundred thousand hold one role, and a principal with ten thousand grants. Counts what is read, not how long it takes.</summary>
public sealed class ScaleTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    private const int Holders = 100_000;
    private const int Grants = 10_000;
    private const int Asked = 100;

    [Fact]
    public async Task RoleOfAnOrganization_Changes_IsReadOnceAndNoneOfItsHoldersAgain()
    {
        var (organization, _) = await platform.OrganizationAsync();
        var made = await platform.As("cli").Roles.CreateRoleAsync(
            new() { OrganizationId = $"{organization}", Name = "crowd", Definition = new() { Permissions = { new V1.Permission { ResourcePattern = "wiki", ActionPattern = "read" } } } },
            platform.Administrator);
        await AssignToManyAsync(organization, "crowd");
        var reader = platform.First.Services.GetRequiredService<RightsReader>();
        var holders = Enumerable.Range(0, Asked).Select(i => Principal.User(Holder(i * (Holders / Asked)))).ToArray();
        Assert.All(await AnswersAsync("read"), Assert.True);

        // Behind the service's back: whose rights were read again would hold nothing any more.
        await platform.ExecuteAsync($"DELETE FROM role_assignments WHERE organization_id = '{organization}' AND role = 'crowd'");
        await platform.ExecuteAsync("UPDATE role_permissions SET action_pattern = 'edit' WHERE resource_pattern = 'wiki'");
        await reader.ForgetRolesAsync(organization);

        Assert.All(await AnswersAsync("edit"), Assert.True);
        Assert.All(await AnswersAsync("read"), Assert.False);
        Assert.NotEmpty(made.Role.Revision);

        async Task<List<bool>> AnswersAsync(string action)
        {
            var answers = new List<bool>();
            foreach (var holder in holders)
            {
                var question = new Question("wiki", action, []) { Organization = organization };
                answers.Add(DecisionRules.Decide(await reader.ReadAsync(holder, organization, default, CancellationToken.None), question).Allowed);
            }

            return answers;
        }
    }

    [Fact]
    public async Task Principal_WithTenThousandGrants_IsDecidedAboutByAllOfThem()
    {
        var user = await platform.UserAsync();
        await using (var database = NpgsqlDataSource.Create(platform.Database))
        {
            await using var connection = await database.OpenConnectionAsync();
            await using var rows = await connection.BeginBinaryImportAsync(
                "COPY grants (id, principal_kind, principal_id, resource_pattern, action_pattern, effect, second_factor, created_at) FROM STDIN (FORMAT binary)");
            for (var i = 0; i < Grants; i++)
            {
                await rows.StartRowAsync();
                await rows.WriteAsync(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), NpgsqlDbType.Uuid);
                await rows.WriteAsync((short)1, NpgsqlDbType.Smallint);
                await rows.WriteAsync(user.ToString(), NpgsqlDbType.Text);
                await rows.WriteAsync(i % 3 == 0 ? $"documents/{i}" : i % 3 == 1 ? $"documents/{i}/*" : $"*/item-{i}", NpgsqlDbType.Text);
                await rows.WriteAsync("read", NpgsqlDbType.Text);
                await rows.WriteAsync((short)1, NpgsqlDbType.Smallint);
                await rows.WriteAsync(false, NpgsqlDbType.Boolean);
                await rows.WriteAsync(DateTimeOffset.UnixEpoch, NpgsqlDbType.TimestampTz);
            }

            await rows.CompleteAsync();
        }

        var rights = await platform.First.Services.GetRequiredService<RightsReader>().ReadAsync(Principal.User(user), null, default, CancellationToken.None);

        Assert.Equal(Grants, rights.Rules().Count());
        Assert.All(Enumerable.Range(0, Grants), i =>
        {
            var resource = i % 3 == 0 ? $"documents/{i}" : i % 3 == 1 ? $"documents/{i}/x" : $"shelf/item-{i}";
            Assert.True(DecisionRules.Decide(rights, new Question(resource, "read", [])).Allowed);
            Assert.False(DecisionRules.Decide(rights, new Question(resource, "delete", [])).Allowed);
        });
    }

    [Fact]
    public async Task ListAllowedPrincipals_HundredThousandHolders_ArePagedAndNoneIsOmitted()
    {
        var (organization, _) = await platform.OrganizationAsync();
        await AssignToManyAsync(organization, "viewer");
        var decisions = platform.As("webshop").Decisions;
        var request = new V1.ListAllowedPrincipalsRequest { OrganizationId = $"{organization}", Resource = "servers", Action = "use", PageSize = 1_000 };
        var seen = new HashSet<string>(StringComparer.Ordinal);

        for (var page = 0; page < 6; page++)
        {
            var answer = await decisions.ListAllowedPrincipalsAsync(request);
            Assert.All(answer.Principals, principal => Assert.True(seen.Add(principal.Id)));
            request.PageToken = answer.NextPageToken;
            Assert.NotEmpty(request.PageToken);
        }

        // In their order: each page begins where the one before ended.
        Assert.InRange(seen.Count, 2_500, 3_000);
        Assert.All(Enumerable.Range(0, 2_500), i => Assert.Contains(Holder(i).ToString(), seen));
    }

    private static Guid Holder(int number) => new(number, 9, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]);

    private async Task AssignToManyAsync(Guid organization, string role)
    {
        await using var database = NpgsqlDataSource.Create(platform.Database);
        await using var connection = await database.OpenConnectionAsync();
        await using var rows = await connection.BeginBinaryImportAsync(
            "COPY role_assignments (id, principal_kind, principal_id, role, assigned_at, organization_id) FROM STDIN (FORMAT binary)");
        for (var i = 0; i < Holders; i++)
        {
            await rows.StartRowAsync();
            await rows.WriteAsync(Guid.CreateVersion7(TimeProvider.System.GetUtcNow()), NpgsqlDbType.Uuid);
            await rows.WriteAsync((short)1, NpgsqlDbType.Smallint);
            await rows.WriteAsync(Holder(i).ToString(), NpgsqlDbType.Text);
            await rows.WriteAsync(role, NpgsqlDbType.Text);
            await rows.WriteAsync(DateTimeOffset.UnixEpoch, NpgsqlDbType.TimestampTz);
            await rows.WriteAsync(organization, NpgsqlDbType.Uuid);
        }

        await rows.CompleteAsync();
    }
}
