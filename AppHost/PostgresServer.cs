using Npgsql;

namespace McpSecure.AppHost;

/// <summary>
/// Is a Postgres in the model, in a container or local. Each database has an owner of its own name, which cannot sign in, and two logins that act as
/// the owner and may enter no other database; Crypto rotates them. The superuser's password stays here.
/// </summary>
internal sealed class PostgresServer(IResourceBuilder<IResource> server, EndpointReference endpoint, IResourceBuilder<ParameterResource> password, DevelopmentSecrets? secrets)
{
    // Five services share the 100 connections that Postgres allows by default; at a rotation each has two pools for a moment, of which one empties.
    private const int ConnectionsPerService = 18;

    private const string AccountFileName = "crypto-database-account";

    private readonly Dictionary<string, IResourceBuilder<ParameterResource>> databases = new(StringComparer.Ordinal);
    private string? keeper;

    public IResourceBuilder<IResource> Server => server;

    /// <summary>Declares a database; it exists, with its owner and logins, before anything that waits for <see cref="Server"/> starts.</summary>
    public IResourceBuilder<IResourceWithConnectionString> Database(string name)
    {
        var first = server.ApplicationBuilder.AddParameter(LoginPasswordOf(name), () => Secret(LoginPasswordOf(name)), secret: true);
        databases.Add(name, first);
        return server.ApplicationBuilder.AddConnectionString(name, ReferenceExpression.Create(
            $"Host={Host};Port={Port};Database={name};Username={FirstLoginOf(name)};Password={first};Maximum Pool Size={ConnectionsPerService.ToString()}"));
    }

    /// <summary>Gives what Crypto begins with to rotate the logins of a database: the owner's name, and the password that both have at first.</summary>
    public ReferenceExpression Logins(string name) =>
        ReferenceExpression.Create($"Host={Host};Port={Port};Database={name};Username={name};Password={databases[name]};SSL Mode=Disable");

    /// <summary>
    /// Returns the file in which the service that rotates all others keeps its own account, so that it can start again. Where the file is gone, its
    /// first login is given the first password again.
    /// </summary>
    public string AccountFile(string database)
    {
        keeper = database;
        return Secrets.PathOf(AccountFileName);
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
            foreach (var name in databases.Keys)
            {
                await CreateAsync(source, name, cancellationToken);
                foreach (var login in (string[])[FirstLoginOf(name), $"{name}_b"])
                    await CreateLoginAsync(source, name, login, cancellationToken);
            }
        }
    }

    private static async Task CreateAsync(NpgsqlDataSource source, string name, CancellationToken cancellationToken)
    {
        // No statement here takes parameters; format() quotes them on the server. An owner of an earlier version could sign in.
        await RunAsync(
            source,
            await AskAsync(
                source,
                "SELECT format(CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1) THEN 'ALTER' ELSE 'CREATE' END || ' ROLE %I NOLOGIN PASSWORD NULL', $1)",
                cancellationToken,
                name),
            cancellationToken);

        if (await AskAsync(source, "SELECT format('CREATE DATABASE %1$I OWNER %1$I', $1) WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = $1)", cancellationToken, name) is { } create)
            await RunAsync(source, create, cancellationToken);
        await RunAsync(source, await AskAsync(source, "SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', $1)", cancellationToken, name), cancellationToken);
    }

    // One that is there has a password that only Crypto knows. What it makes belongs to the owner, whichever login made it.
    private async Task CreateLoginAsync(NpgsqlDataSource source, string owner, string login, CancellationToken cancellationToken)
    {
        var first = Secret(LoginPasswordOf(owner));
        if (await AskAsync(source, "SELECT format('CREATE ROLE %I LOGIN PASSWORD %L IN ROLE %I', $1, $2, $3) WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)", cancellationToken, login, first, owner) is { } create)
        {
            await RunAsync(source, create, cancellationToken);
            if (owner == keeper)
                File.Delete(AccountFile(owner)); // of a database that is gone
        }
        else if (owner == keeper && login == FirstLoginOf(owner) && !Secrets.Has(AccountFileName))
        {
            await RunAsync(source, await AskAsync(source, "SELECT format('ALTER ROLE %I PASSWORD %L', $1, $2)", cancellationToken, login, first), cancellationToken);
        }

        await RunAsync(source, await AskAsync(source, "SELECT format('ALTER ROLE %I SET role = %L', $1, $2)", cancellationToken, login, owner), cancellationToken);

        // Up to PostgreSQL 15 whoever was signed in as it may have made others its members.
        if (await AskAsync(source, "SELECT string_agg(format('REVOKE %I FROM %s', $1, member::regrole), ';') FROM pg_auth_members WHERE roleid = $1::regrole", cancellationToken, login) is { } revoke)
            await RunAsync(source, revoke, cancellationToken);
    }

    private static async Task<string?> AskAsync(NpgsqlDataSource source, string sql, CancellationToken cancellationToken, params string[] values)
    {
        var command = source.CreateCommand(sql);
        await using (command)
        {
            foreach (var value in values)
                command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = value });
            return await command.ExecuteScalarAsync(cancellationToken) as string;
        }
    }

    private static async Task RunAsync(NpgsqlDataSource source, string? sql, CancellationToken cancellationToken)
    {
        var command = source.CreateCommand(sql ?? throw new InvalidOperationException("The statement to run is missing."));
        await using (command)
            await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private DevelopmentSecrets Secrets => secrets ?? throw new InvalidOperationException("A published model has no secrets of its own.");

    private string Secret(string name) => Secrets.Text(name);

    private static string FirstLoginOf(string database) => $"{database}_a";

    private static string LoginPasswordOf(string database) => $"{database}-first-login-password";
}
