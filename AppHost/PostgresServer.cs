using Npgsql;

namespace McpSecure.AppHost;

/// <summary>
/// Is a Postgres in the model, in a container or local. Each database has an owner of its own name who may enter no other, and two logins that act
/// as the owner, which Crypto rotates; the superuser's password stays here.
/// </summary>
internal sealed class PostgresServer(IResourceBuilder<IResource> server, EndpointReference endpoint, IResourceBuilder<ParameterResource> password, DevelopmentSecrets? secrets)
{
    // Five services share the 100 connections that Postgres allows by default; at a rotation each has two pools for a moment, of which one empties.
    private const int ConnectionsPerService = 18;

    private readonly List<string> databases = [];

    public IResourceBuilder<IResource> Server => server;

    /// <summary>Declares a database; it exists, and its owner, before anything that waits for <see cref="Server"/> starts.</summary>
    public IResourceBuilder<IResourceWithConnectionString> Database(string name)
    {
        databases.Add(name);
        var ownersPassword = server.ApplicationBuilder.AddParameter(PasswordOf(name), () => Secret(PasswordOf(name)), secret: true);
        return server.ApplicationBuilder.AddConnectionString(name, ReferenceExpression.Create(
            $"Host={Host};Port={Port};Database={name};Username={name};Password={ownersPassword};Maximum Pool Size={ConnectionsPerService.ToString()}"));
    }

    /// <summary>Gives what Crypto begins with to rotate the logins of a database: the owner's name, and the password that both have at first.</summary>
    public ReferenceExpression Logins(string name)
    {
        var firstPassword = server.ApplicationBuilder.AddParameter(LoginPasswordOf(name), () => Secret(LoginPasswordOf(name)), secret: true);
        return ReferenceExpression.Create($"Host={Host};Port={Port};Database={name};Username={name};Password={firstPassword}");
    }

    /// <summary>Lets the databases be made as soon as the server is ready. In a publish model that is for the deployment to do.</summary>
    public PostgresServer CreatedWhenReady()
    {
        server.OnResourceReady((_, _, cancellationToken) => CreateAsync(cancellationToken));
        return this;
    }

    /// <summary>Gives what the superuser connects with.</summary>
    public ReferenceExpression SuperuserConnection => ReferenceExpression.Create(
        $"Host={Host};Port={Port};Database=postgres;Username=postgres;Password={password};Pooling=false");

    private EndpointReferenceExpression Host => endpoint.Property(EndpointProperty.Host);

    private EndpointReferenceExpression Port => endpoint.Property(EndpointProperty.Port);

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var source = NpgsqlDataSource.Create((await SuperuserConnection.GetValueAsync(cancellationToken))!);
        await using (source)
        {
            await RunAsync(source, "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC", cancellationToken);
            foreach (var name in databases)
            {
                await CreateAsync(source, name, Secret(PasswordOf(name)), cancellationToken);
                foreach (var login in (string[])[$"{name}_a", $"{name}_b"])
                    await CreateLoginAsync(source, name, login, Secret(LoginPasswordOf(name)), cancellationToken);
            }
        }
    }

    private static async Task CreateAsync(NpgsqlDataSource source, string name, string ownersPassword, CancellationToken cancellationToken)
    {
        // Neither statement takes parameters; format() quotes them on the server.
        await RunAsync(
            source,
            await AskAsync(
                source,
                """
                SELECT format(CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1) THEN 'ALTER' ELSE 'CREATE' END || ' ROLE %I LOGIN PASSWORD %L', $1, $2)
                """,
                cancellationToken,
                name,
                ownersPassword),
            cancellationToken);

        if (await AskAsync(source, "SELECT format('CREATE DATABASE %1$I OWNER %1$I', $1) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)", cancellationToken, name) is { } create)
            await RunAsync(source, create, cancellationToken);
        await RunAsync(source, await AskAsync(source, "SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1)", cancellationToken, name), cancellationToken);
    }

    // One that is there has a password that only Crypto knows. What it makes belongs to the owner, whichever login made it.
    private static async Task CreateLoginAsync(NpgsqlDataSource source, string owner, string login, string firstPassword, CancellationToken cancellationToken)
    {
        if (await AskAsync(source, "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L IN ROLE %I', $1, $2, $3) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", cancellationToken, login, firstPassword, owner) is { } create)
            await RunAsync(source, create, cancellationToken);
        await RunAsync(source, await AskAsync(source, "SELECT format('ALTER ROLE %I SET role = %L', $1, $2)", cancellationToken, login, owner), cancellationToken);
    }

    private static async Task<string?> AskAsync(NpgsqlDataSource source, string sql, CancellationToken cancellationToken, params string[] values)
    {
        var command = source.CreateCommand(sql);
        await using (command)
        {
            foreach (var value in values)
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
            return (string?)await command.ExecuteScalarAsync(cancellationToken);
        }
    }

    private static async Task RunAsync(NpgsqlDataSource source, string? sql, CancellationToken cancellationToken)
    {
        var command = source.CreateCommand(sql ?? throw new InvalidOperationException("The statement to run is missing."));
        await using (command)
            await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private string Secret(string name) =>
        (secrets ?? throw new InvalidOperationException("A published model has no secrets of its own.")).Text(name);

    private static string PasswordOf(string database) => $"{database}-password";

    private static string LoginPasswordOf(string database) => $"{database}-first-login-password";
}
