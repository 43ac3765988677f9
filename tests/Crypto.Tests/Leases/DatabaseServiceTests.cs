using System.Runtime.Versioning;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class DatabaseServiceTests(LeasePlatform platform) : IClassFixture<LeasePlatform>
{
    [Fact]
    public async Task PutDatabase_SealsHowItIsReached_AndListsItWithoutThePassword()
    {
        var password = new Npgsql.NpgsqlConnectionStringBuilder(platform.TargetConnectionString).Password!;

        var listed = await platform.Databases.ListDatabasesAsync(new(), platform.Administrator.Metadata);

        Assert.Equal(("127.0.0.1", "postgres"), listed.Databases.Where(one => one.Name == "goods").Select(one => (one.Host, one.Username)).Single());
        Assert.DoesNotContain(password, listed.ToString(), StringComparison.Ordinal);
        Assert.Equal(0, await platform.Crypto.CountAsync($"SELECT count(*) FROM databases WHERE databases::text LIKE '%{password}%'"));
        var told = await platform.Crypto.Audit.FindAsync("crypto.database.registered", one => one.Resource == "databases/goods");
        Assert.DoesNotContain(password, told.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutDatabase_ThatCannotBeUsed_IsRefusedAndNotStored()
    {
        await platform.OnTargetAsync("CREATE ROLE weak LOGIN PASSWORD 'weak'");
        foreach (var (from, to) in new[] { ("Username=postgres", "Username=nobody"), ("Port=", "Port=1;Timeout=1;Port="), ("SSL Mode=Disable", "SSL Mode=Require") })
        {
            var connection = platform.TargetConnectionString.Replace(from, to, StringComparison.Ordinal);
            var request = new PutDatabaseRequest { Name = "unusable", ConnectionString = connection };
            await platform.Databases.PutDatabaseAsync(request, platform.Administrator.Metadata)
                .AssertRefusedAsync(from.StartsWith("Port", StringComparison.Ordinal) ? ErrorReason.FieldInvalid : ErrorReason.DatabaseNotUsable);
        }

        var weak = new Npgsql.NpgsqlConnectionStringBuilder(platform.TargetConnectionString) { Username = "weak", Password = "weak" };
        var error = await platform.Databases.PutDatabaseAsync(new() { Name = "unusable", ConnectionString = weak.ConnectionString }, platform.Administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.DatabaseNotUsable);
        Assert.Contains("may not make roles", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await platform.Crypto.CountAsync("SELECT count(*) FROM databases WHERE name = 'unusable'"));
    }

    [Fact]
    public async Task PutDatabase_ThatLeadsElsewhereWhileThereAreLeases_IsRefused()
    {
        await platform.Databases.PutDatabaseAsync(new() { Name = "moving", ConnectionString = platform.TargetConnectionString }, platform.Administrator.Metadata);
        var template = LeasePlatform.Template("reader");
        template.Database = "moving";
        await platform.Databases.PutCredentialTemplateAsync(template, platform.Administrator.Metadata);
        var mover = platform.Crypto.Actors.SignIn("mover", "databases/moving/templates/*:use");
        var lease = await platform.Databases.CreateCredentialsAsync(new() { Database = "moving", Template = "reader" }, mover.Metadata);
        var elsewhere = new Npgsql.NpgsqlConnectionStringBuilder(platform.TargetConnectionString) { Database = "postgres" }.ConnectionString;

        await platform.Databases.PutDatabaseAsync(new() { Name = "moving", ConnectionString = elsewhere }, platform.Administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.DatabaseInUse);
        await platform.Databases.PutDatabaseAsync(new() { Name = "moving", ConnectionString = platform.TargetConnectionString }, platform.Administrator.Metadata);

        Assert.True((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = lease.LeaseId }, mover.Metadata)).Revoked);
        Assert.False(await platform.RoleExistsAsync(lease.Username));
        await platform.Databases.PutDatabaseAsync(new() { Name = "moving", ConnectionString = elsewhere }, platform.Administrator.Metadata);
    }

    [Theory]
    [InlineData("CREATE ROLE {{name}} LOGIN PASSWORD {{password}}", "", "", "creation_statements")]
    [InlineData("CREATE ROLE \"{{name}}\" PASSWORD {{password}} VALID UNTIL {{expiration}}", "", "", "creation_statements")]
    [InlineData("CREATE ROLE {{name}} PASSWORD {{password}} VALID UNTIL {{expiration}} {{schema}}", "", "", "creation_statements")]
    [InlineData(LeasePlatform.Creation, "ALTER ROLE {{name}} LOGIN", "", "renewal_statements")]
    [InlineData(LeasePlatform.Creation, "", "DROP ROLE somebody", "revocation_statements")]
    [InlineData(LeasePlatform.Creation, "", "DROP ROLE {{name}}; COMMIT", "revocation_statements")]
    public async Task PutTemplate_ThatDoesNotParse_IsRefusedWithItsField(string creation, string renewal, string revocation, string field) =>
        await platform.Databases.PutCredentialTemplateAsync(LeasePlatform.Template("wrong", creation, renewal, revocation), platform.Administrator.Metadata).AssertFieldsRefusedAsync(field);

    [Theory]
    [InlineData("CREATE ROLL {{name}} LOGIN PASSWORD {{password}} VALID UNTIL {{expiration}}", "", "", "creation: Postgres says: syntax error")]
    [InlineData("SELECT {{password}}, {{expiration}} AS {{name}}", "", "", "creation: there is no role")]
    [InlineData("CREATE ROLE {{name}} PASSWORD {{password}} VALID UNTIL {{expiration}}", "", "", "creation: the role may not log in")]
    [InlineData("CREATE ROLE {{name}} LOGIN PASSWORD {{password}}; SELECT {{expiration}}", "", "", "creation: the role does not end with the lease")]
    [InlineData("CREATE ROLE {{name}} LOGIN SUPERUSER PASSWORD {{password}} VALID UNTIL {{expiration}}", "", "", "creation: the role could make roles")]
    [InlineData(LeasePlatform.Creation, "SELECT {{expiration}} AS {{name}}", "", "renewal: the role does not end with the lease")]
    [InlineData(LeasePlatform.Creation, "", "ALTER ROLE {{name}} NOLOGIN", "revocation: the role is still there")]
    [InlineData(LeasePlatform.Creation, "", "DROP ROLE {{name}}", "revocation: Postgres says:")]
    public async Task PutTemplate_ThatFailsItsTrial_IsRefusedWithItsStep_AndLeavesNoRole(string creation, string renewal, string revocation, string why)
    {
        var error = await platform.Databases.PutCredentialTemplateAsync(LeasePlatform.Template("failing", creation, renewal, revocation), platform.Administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.TemplateRefused);

        Assert.Contains(why, error.Message, StringComparison.Ordinal);
        Assert.Equal(0, await platform.Crypto.CountAsync("SELECT count(*) FROM credential_templates WHERE name = 'failing'"));
        Assert.Equal(0L, await platform.AskTargetAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'lease_trial%'"));
    }

    [Fact]
    public async Task PutTemplate_ForNoDatabaseOrWithLifetimesThatDoNotFit_IsRefused()
    {
        var elsewhere = LeasePlatform.Template("t");
        elsewhere.Database = "nowhere";
        await platform.Databases.PutCredentialTemplateAsync(elsewhere, platform.Administrator.Metadata).AssertRefusedAsync(ErrorReason.DatabaseNotFound);

        var unfit = LeasePlatform.Template("t");
        unfit.MaxLifetime = Duration.FromTimeSpan(TimeSpan.FromMinutes(1));
        await platform.Databases.PutCredentialTemplateAsync(unfit, platform.Administrator.Metadata).AssertFieldsRefusedAsync("max_lifetime");
    }

    [Fact]
    public async Task DeleteDatabase_WithLeases_IsRefused()
    {
        await platform.Databases.PutDatabaseAsync(new() { Name = "busy", ConnectionString = platform.TargetConnectionString }, platform.Administrator.Metadata);
        var template = LeasePlatform.Template("t");
        template.Database = "busy";
        await platform.Databases.PutCredentialTemplateAsync(template, platform.Administrator.Metadata);
        var user = platform.Crypto.Actors.SignIn("ursula", "databases/busy/*:use");
        var lease = await platform.Databases.CreateCredentialsAsync(new() { Database = "busy", Template = "t" }, user.Metadata);

        await platform.Databases.DeleteDatabaseAsync(new() { Name = "busy" }, platform.Administrator.Metadata).AssertRefusedAsync(ErrorReason.DatabaseInUse);
        Assert.True((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = lease.LeaseId }, user.Metadata)).Revoked);
        await platform.Databases.DeleteDatabaseAsync(new() { Name = "busy" }, platform.Administrator.Metadata);
        await platform.Databases.CreateCredentialsAsync(new() { Database = "busy", Template = "t" }, user.Metadata).AssertRefusedAsync(ErrorReason.TemplateNotFound);
    }

    [Fact]
    public async Task Call_WithoutTheRightOrASecondFactor_IsRefused()
    {
        var careless = platform.Crypto.Actors.SignInWithPasswordOnly("casper", "databases*:*");
        await platform.Databases.PutDatabaseAsync(new() { Name = "goods", ConnectionString = platform.TargetConnectionString }, careless.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await platform.Databases.PutCredentialTemplateAsync(LeasePlatform.Template("reader"), careless.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await platform.Databases.PutCredentialTemplateAsync(LeasePlatform.Template("reader"), platform.User.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        var other = platform.Crypto.Actors.SignIn("otto", "databases/goods/templates/writer:use");
        await platform.Databases.CreateCredentialsAsync(new() { Database = "goods", Template = "reader" }, other.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
    }
}
