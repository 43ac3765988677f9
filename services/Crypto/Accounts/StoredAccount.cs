using System.Text;

namespace McpSecure.Crypto;

/// <summary>An account as it is stored.</summary>
/// <param name="Workload">Whose it is.</param>
/// <param name="Current">The login that is given out: <c>a</c> or <c>b</c>.</param>
/// <param name="Version">How often it was rotated, from 1.</param>
/// <param name="Since">Since when that login is given out.</param>
/// <param name="SealedA">The password of <c>a</c>.</param>
/// <param name="SealedB">The password of <c>b</c>.</param>
/// <param name="SealedNext">The password that the other login is being given, or null.</param>
/// <param name="IsReady">Whether the other login has a password that was never given out.</param>
internal sealed record StoredAccount(
    string Workload, string Current, int Version, DateTimeOffset Since, string SealedA, string SealedB, string? SealedNext, bool IsReady)
{
    /// <summary>Gets the login that is not given out.</summary>
    public string Other => Current == "a" ? "b" : "a";

    /// <summary>Gets the sealed password of the login that is given out.</summary>
    public string SealedCurrent => Current == "a" ? SealedA : SealedB;

    /// <summary>Gets the sealed password of the other login.</summary>
    public string SealedOther => Current == "a" ? SealedB : SealedA;

    /// <summary>Says what a sealed password is bound to.</summary>
    public static byte[] ContextOf(string workload, string login) => Encoding.UTF8.GetBytes($"database-account\0{workload}\0{login}");

    /// <summary>Returns the user name of a login.</summary>
    /// <param name="owner">The owner's address.</param>
    /// <param name="login">The login.</param>
    public static string UsernameOf(DatabaseAddress owner, string login) => $"{owner.Username}_{login}";
}
