using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>
/// Refuses to rotate this service's own account where it neither follows the rotation nor keeps the account: after two rotations no start could open the
/// database in which the account is.
/// </summary>
internal sealed class OwnAccountIsKept(IConfiguration configuration) : IValidateOptions<DatabaseAccountsOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, DatabaseAccountsOptions options) =>
        options.Logins.ContainsKey(AccountReader.Self)
        && (!configuration.GetValue<bool>("DatabaseAccount:Rotated") || string.IsNullOrEmpty(configuration["DatabaseAccount:File"]))
            ? ValidateOptionsResult.Fail($"DatabaseAccounts:Logins:{AccountReader.Self}: needs DatabaseAccount:Rotated and DatabaseAccount:File, without which this service locks itself out.")
            : ValidateOptionsResult.Success;
}
