using System.Collections.Frozen;

namespace McpSecure.Crypto;

/// <summary>Lists every step that the life of a key version may take. There are no others.</summary>
internal static class KeyTransitions
{
    // Nothing leads from active to disabled or destroyed: a keyring has an active version until it is destroyed as a whole, and then its
    // active version takes two steps. Nothing leads away from destroyed.
    private static readonly FrozenSet<(KeyState From, KeyState To)> Allowed = FrozenSet.Create(
        (KeyState.Pending, KeyState.Active),
        (KeyState.Pending, KeyState.Disabled),
        (KeyState.Pending, KeyState.Destroyed),
        (KeyState.Active, KeyState.DecryptOnly),
        (KeyState.DecryptOnly, KeyState.Disabled),
        (KeyState.DecryptOnly, KeyState.Destroyed),
        (KeyState.Disabled, KeyState.DecryptOnly),
        (KeyState.Disabled, KeyState.Destroyed));

    /// <summary>Tells whether a version may go from one state to another.</summary>
    public static bool Allows(KeyState from, KeyState to) => Allowed.Contains((from, to));
}
