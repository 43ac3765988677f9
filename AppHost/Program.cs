using McpSecure.AppHost;

try
{
    var platform = await Platform.PrepareAsync(args);

    // State: the only source of truth, and what may be lost.
    var postgres = platform.AddPostgres();
    var redis = platform.AddRedis();

    // Services, each with a database that it alone owns.
    var authorization = platform.AddService<Projects.McpSecure_Authorization>("authorization").Owns(postgres, "authorizationdb").Uses(redis);
    var crypto = platform.AddService<Projects.McpSecure_Crypto>("crypto").Owns(postgres, "cryptodb").Uses(redis)
        .WithEnvironment("RootKey__File", platform.RootKeyFile);

    // Who calls whom.
    crypto.Calls(authorization);

    await platform.Build().RunAsync();
    return 0;
}
catch (Exception problem) when (problem is CannotStartException or DistributedApplicationException)
{
    await Console.Error.WriteLineAsync(problem.Message);
    return 1;
}
