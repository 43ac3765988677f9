namespace McpSecure.Crypto;

/// <summary>Makes and verifies authentication codes with the versions of authentication keyrings.</summary>
internal sealed class DataMacs(Keyrings keyrings, UnwrappedKeys keys)
{
    /// <summary>Makes a code with the active version.</summary>
    public async ValueTask<MacResult> ComputeAsync(string keyring, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, cancellationToken) is not { } found)
        {
            return new MacResult.KeyringNotFound();
        }

        if (found.Description.Algorithm.PurposeOf() != KeyPurpose.Authentication)
        {
            return new MacResult.WrongAlgorithm();
        }

        return found.Description.ForUse is { } active && keys.Get(found, active.Number) is MacKey key
            ? new MacResult.Computed(key.Compute(data.Span), active.Number)
            : new MacResult.KeyringUnusable();
    }

    /// <summary>Tells whether a code is by a version. One that may not be used verifies nothing.</summary>
    public async ValueTask<VerifyResult> VerifyAsync(
        string keyring, int version, ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> code, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new VerifyResult.KeyringNotFound();
        }

        if (found.Description.Algorithm.PurposeOf() != KeyPurpose.Authentication)
        {
            return new VerifyResult.WrongAlgorithm();
        }

        return new VerifyResult.Judged(
            found.Description.FindForReading(version) is not null && keys.Get(found, version) is MacKey key && key.Verify(data.Span, code.Span));
    }
}

/// <summary>Says how the making of a code ended.</summary>
internal abstract record MacResult
{
    private MacResult()
    {
    }

    /// <summary>The code, and the version that made it.</summary>
    public sealed record Computed(byte[] Code, int Version) : MacResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : MacResult;

    /// <summary>The keyring does something else.</summary>
    public sealed record WrongAlgorithm : MacResult;

    /// <summary>The keyring is destroyed or waits for it.</summary>
    public sealed record KeyringUnusable : MacResult;
}
