using System.Collections.Concurrent;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>
/// Counts the messages that a key encrypts under random 96-bit nonces, of which 2³² are safe: the chance of a nonce used twice is then below
/// 2⁻³² (NIST SP 800-38D §8.3). A replica takes leave for many messages at once, in the database; what it does not use of them, or loses in a
/// crash, stays counted. At half the limit the keyring is rotated; at the limit the key encrypts no more.
/// </summary>
internal sealed class MessageBudget(ServiceDatabase database)
{
    /// <summary>From how many messages on the keyring is given a new version.</summary>
    public const long RotationThreshold = Limit / 2;

    internal const int BlockSize = 65_536;

    private const long Limit = 1L << 32;

    private readonly ConcurrentDictionary<(string Keyring, int Version), Allowance> allowances = new();

    /// <summary>Counts messages before they are encrypted. Returns false where the key may encrypt no more.</summary>
    public async ValueTask<bool> TrySpendAsync(string keyring, int version, int messages, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages, BlockSize);
        var allowance = allowances.GetOrAdd((keyring, version), _ => new Allowance());
        while (!allowance.TryTake(messages))
        {
            await allowance.Refilling.WaitAsync(cancellationToken);
            try
            {
                if (!allowance.Has(messages))
                {
                    if (!await TryReserveAsync(keyring, version, cancellationToken))
                    {
                        return false;
                    }

                    allowance.Refill(BlockSize);
                }
            }
            finally
            {
                allowance.Refilling.Release();
            }
        }

        return true;
    }

    private async Task<bool> TryReserveAsync(string keyring, int version, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand(
            "UPDATE key_versions SET messages_reserved = messages_reserved + $3 WHERE keyring = $1 AND version = $2 AND state <> 'destroyed' AND messages_reserved + $3 <= $4");
        update.Parameters.Add(new() { Value = keyring });
        update.Parameters.Add(new() { Value = version });
        update.Parameters.Add(new() { Value = (long)BlockSize });
        update.Parameters.Add(new() { Value = Limit });
        return await update.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private sealed class Allowance
    {
        private long left;

        /// <summary>Gets what one caller at a time refills under.</summary>
        public SemaphoreSlim Refilling { get; } = new(1);

        public bool Has(int messages) => Interlocked.Read(ref left) >= messages;

        // What is taken from too little is lost, which counts too many messages and never too few.
        public bool TryTake(int messages) => Interlocked.Add(ref left, -messages) >= 0;

        public void Refill(int messages) => Interlocked.Exchange(ref left, messages);
    }
}
