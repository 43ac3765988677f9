using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>Starts one platform for all tests of this project that can share it, tells the story on it, and has Crypto keep some secrets.</summary>
public sealed class PlatformFixture : IAsyncLifetime
{
    private Platform? platform;
    private Story? story;

    internal Platform Platform => platform ?? throw new InvalidOperationException("The fixture is not initialized yet.");

    internal Vault Vault { get; private set; } = new();

    internal Story Story => story ?? throw new InvalidOperationException("The fixture is not initialized yet.");

    public async Task InitializeAsync()
    {
        platform = await Platform.StartAsync();
        story = await Story.TellAsync(platform);
        Vault = await Vault.UseAsync(platform, story.Administrator);
    }

    public async Task DisposeAsync()
    {
        if (story is not null)
        {
            await story.DisposeAsync();
        }

        if (platform is not null)
        {
            await platform.DisposeAsync();
        }
    }
}

[CollectionDefinition(Name)]
public sealed class PlatformTests : ICollectionFixture<PlatformFixture>
{
    public const string Name = "platform";
}
