using McpSecure.AppHost;

try
{
    var platform = await Platform.PrepareAsync(args);

    // State: the only source of truth, and what may be lost.
    var postgres = platform.AddPostgres();
    var redis = platform.AddRedis();

    // Services, each with a database that it alone owns.
    var audit = platform.AddService<Projects.McpSecure_Audit>("audit").Owns(postgres, "auditdb");
    var authorization = platform.AddService<Projects.McpSecure_Authorization>("authorization").Owns(postgres, "authorizationdb").Uses(redis);
    var crypto = platform.AddService<Projects.McpSecure_Crypto>("crypto").Owns(postgres, "cryptodb").Uses(redis)
        .WithEnvironment("RootKey__File", platform.RootKeyFile)
        .TakesOver(platform.Authority);
    var auth = platform.AddService<Projects.McpSecure_Auth>("auth").Owns(postgres, "authdb").Uses(redis)
        .WithEnvironment("Bootstrap__Secret", platform.AddBootstrapSecret())
        .WaitFor(crypto).WaitFor(authorization);
    var apiKey = platform.AddService<Projects.McpSecure_ApiKey>("apikey").Owns(postgres, "apikeydb").Uses(redis)
        .WaitFor(crypto).WaitFor(auth);

    // Whose account is rotated. Each begins with the first of its two logins, until Crypto answers.
    crypto.Rotates(postgres, (audit, "auditdb"), (authorization, "authorizationdb"), (crypto, "cryptodb"), (auth, "authdb"), (apiKey, "apikeydb"));

    // Who calls whom.
    audit.Calls(auth, authorization, crypto);
    crypto.Calls(auth, authorization, audit);
    authorization.Calls(auth, audit, crypto);
    apiKey.Calls(crypto, authorization, auth, audit);
    auth.Calls(crypto, authorization, audit);

    await platform.Build().RunAsync();
    return 0;
}
catch (OperationCanceledException)
{
    return 0; // told to stop while it was still starting
}
catch (Exception problem) when (problem is CannotStartException or DistributedApplicationException)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
