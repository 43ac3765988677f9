using McpSecure.Cli;

namespace McpSecure.SystemTests;

/// <summary>Shows codes as a telephone does, and never the same one twice: a code works once.</summary>
internal sealed class Authenticator(string base32)
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(30);

    private readonly byte[] secret = Base32.TryDecode(base32) ?? throw new ArgumentException("No Base32.", nameof(base32));
    private long lastStep;

    public string Secret => base32;

    /// <summary>Gives the next code that works: this period's, or the next one's, which is accepted already; else waits for it.</summary>
    public async Task<string> CodeAsync()
    {
        var step = Math.Max(lastStep + 1, Step(Now));
        var early = DateTimeOffset.UnixEpoch + ((step - 1) * Period);

        if (early > Now)
        {
            await Task.Delay(early - Now + TimeSpan.FromMilliseconds(100));
        }

        lastStep = step;

        return Totp.Code(secret, DateTimeOffset.UnixEpoch + (step * Period));
    }

    private static DateTimeOffset Now => TimeProvider.System.GetUtcNow();

    private static long Step(DateTimeOffset time) => time.ToUnixTimeSeconds() / (long)Period.TotalSeconds;
}
