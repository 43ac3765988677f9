using System.Diagnostics;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Lets a call use the keys of a keyring that its workload, or the user it acts for, may use.</summary>
internal sealed class KeyringGate(ActorGate actors)
{
    /// <summary>Returns when the call may go on.</summary>
    /// <exception cref="Refusal">It may not: as <see cref="ActorGate"/> has it, or KEYRING_NOT_FOUND where the keyring is not for this caller.</exception>
    public async ValueTask RequireAsync(ServerCallContext context, string keyring, string action)
    {
        var ground = KeyringAccess.GroundOf(context.Peer().Name, keyring);
        if (ground is UseGround.User or UseGround.Reserved)
        {
            await actors.RequireAsync(context, $"keyrings/{keyring}", action, StepUp.NotRequired);
        }

        if (ground is UseGround.None or UseGround.Reserved)
        {
            throw NotFound(keyring);
        }
    }

    /// <summary>Gives the keyring that was found, or refuses the call as the search ended.</summary>
    public static EncryptionKeyring FoundOrRefused(string keyring, EncryptionKeyringResult result) => result switch
    {
        EncryptionKeyringResult.Found(var found) => found,
        EncryptionKeyringResult.NotFound => throw NotFound(keyring),
        EncryptionKeyringResult.WrongAlgorithm => throw WrongAlgorithm(keyring),
        EncryptionKeyringResult.Unusable => throw Unusable(keyring),
        EncryptionKeyringResult.Exhausted => throw Exhausted(keyring),
        _ => throw new UnreachableException(),
    };

    /// <summary>Makes the refusal for a keyring that does not exist for the caller.</summary>
    public static Refusal NotFound(string keyring) => Refusal.Because(ErrorReason.KeyringNotFound, "No keyring has this name.", ("keyring", keyring));

    /// <summary>Makes the refusal for a keyring that cannot do what was asked.</summary>
    public static Refusal WrongAlgorithm(string keyring) =>
        Refusal.Because(ErrorReason.KeyringWrongAlgorithm, "The keyring is of a kind that cannot do this.", ("keyring", keyring));

    /// <summary>Makes the refusal for a keyring that is destroyed or waits for it.</summary>
    public static Refusal Unusable(string keyring) =>
        Refusal.Because(ErrorReason.KeyringUnusable, "The keyring is destroyed, or waits for it.", ("keyring", keyring));

    /// <summary>Makes the refusal for a key that has encrypted as many messages as are safe.</summary>
    public static Refusal Exhausted(string keyring) =>
        Refusal.Because(ErrorReason.KeyExhausted, "The active version has encrypted as many messages as are safe; rotate the keyring.", ("keyring", keyring));
}
