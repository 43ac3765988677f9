using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth;

/// <summary>
/// Hashes and verifies passwords, a bounded number at a time: the work is slow on purpose, and whoever may ask for it without limit
/// stops the service.
/// </summary>
internal sealed class PasswordHashing : IDisposable
{
    private readonly IPasswordHasher<Account> hasher;
    private readonly int iterations;
    private readonly ConcurrencyLimiter limiter;
    private readonly string decoy;

    /// <summary>Makes the turns, and hashes a password that nobody has for those that have none.</summary>
    public PasswordHashing(IPasswordHasher<Account> hasher, IOptions<PasswordOptions> options)
    {
        this.hasher = hasher;
        iterations = options.Value.IterationCount;
        limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
        {
            PermitLimit = options.Value.ConcurrentHashes,
            QueueLimit = options.Value.WaitingHashes,
            QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
        });
        decoy = hasher.HashPassword(null!, RandomNumberGenerator.GetHexString(64));
    }

    /// <summary>Waits for a turn to hash. Returns null where too many wait already.</summary>
    public async ValueTask<Turn?> EnterAsync(CancellationToken cancellationToken)
    {
        var lease = await limiter.AcquireAsync(1, cancellationToken);
        if (lease.IsAcquired)
        {
            return new Turn(this, lease);
        }

        lease.Dispose();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => limiter.Dispose();

    // A thread of its own: 0.2 s of arithmetic in the pool would hold up the calls that need microseconds.
    private static Task<T> Run<T>(Func<T> work) =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private PasswordMatch Verify(Password password, string? hash)
    {
        var result = hasher.VerifyHashedPassword(null!, hash ?? decoy, password.Reveal());
        TopUp(password, hash ?? decoy);
        return hash is null
            ? PasswordMatch.Wrong
            : result switch
            {
                PasswordVerificationResult.Success => PasswordMatch.Right,
                PasswordVerificationResult.SuccessRehashNeeded => PasswordMatch.RightWithOldHash,
                _ => PasswordMatch.Wrong,
            };
    }

    // A hash from before the iteration count was raised is quicker to verify than the decoy, which would tell that the account exists:
    // the iterations that it lacks are done beside it. Identity's format: 0x01, function, iterations, salt length, each 4 bytes, big endian.
    private void TopUp(Password password, string hash)
    {
        var decoded = Convert.FromBase64String(hash);
        var missing = iterations - BinaryPrimitives.ReadInt32BigEndian(decoded.AsSpan(5, 4));
        if (missing > 0)
        {
            Rfc2898DeriveBytes.Pbkdf2(password.Reveal(), decoded, missing, HashAlgorithmName.SHA512, 32);
        }
    }

    /// <summary>Is a turn to hash, given back when disposed.</summary>
    public sealed class Turn : IDisposable
    {
        private readonly PasswordHashing hashing;
        private readonly RateLimitLease lease;

        internal Turn(PasswordHashing hashing, RateLimitLease lease) => (this.hashing, this.lease) = (hashing, lease);

        /// <summary>Hashes a new password.</summary>
        public Task<string> HashAsync(Password password) => Run(() => hashing.hasher.HashPassword(null!, password.Reveal()));

        /// <summary>Verifies a password. Without a hash it does the same work and answers that the password is wrong.</summary>
        public Task<PasswordMatch> VerifyAsync(Password password, string? hash) => Run(() => hashing.Verify(password, hash));

        /// <inheritdoc/>
        public void Dispose() => lease.Dispose();
    }
}

/// <summary>Says how a password compares with a hash.</summary>
internal enum PasswordMatch
{
    /// <summary>It is another password, or there is no hash.</summary>
    Wrong,

    /// <summary>It is the password.</summary>
    Right,

    /// <summary>It is the password, and the hash should be renewed.</summary>
    RightWithOldHash,
}
