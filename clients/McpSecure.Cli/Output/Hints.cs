using McpSecure.Common.V1;

namespace McpSecure.Cli.Output;

/// <summary>Says what a person can do about a refusal.</summary>
internal static class Hints
{
    private const string SignIn = "Sign in: `mcpsecure signin <user>`.";
    private const string TryAgain = "Try again in a moment; what keeps failing shows in the dashboard and in the health of the services.";
    private const string AskAnAdministrator = "`mcpsecure check <resource>:<action> --explain` tells why; an administrator can assign a role.";

    /// <summary>Answers the hint for a reason; null where there is nothing to advise.</summary>
    public static string? For(ErrorReason reason) => reason switch
    {
        ErrorReason.Unspecified => null,
        ErrorReason.FieldInvalid => "Correct the fields named above; nothing was changed.",
        ErrorReason.RequestMalformed => "Command and service speak different versions: update the older one.",
        ErrorReason.RequestTooLarge => "Send less at once: at most 4 MiB to encrypt, 1 MiB of a document or text.",
        ErrorReason.Internal => "Look the trace id up in the dashboard or in the service's log, and report it.",
        ErrorReason.DependencyUnavailable or ErrorReason.DeadlineExceeded or ErrorReason.Busy => TryAgain,
        ErrorReason.WorkloadUnknown => "The certificate of the profile is of another platform: start the AppHost anew or name the right profile.",
        ErrorReason.CallerNotAllowed => "This command's certificate may not call this; the caller policy of the service lists who may.",
        ErrorReason.TokenMissing or ErrorReason.TokenInvalid => SignIn,
        ErrorReason.PermissionDenied => AskAnAdministrator,
        ErrorReason.StepUpRequired =>
            "Sign in again with a code: `mcpsecure signin <user>`. Without an authenticator yet: `mcpsecure mfa enrol`, then `mcpsecure mfa confirm`.",
        ErrorReason.CredentialsInvalid => "Check name, password and code. A code works once: wait for the next one.",
        ErrorReason.SecondFactorRequired => "Give the authenticator's code: start the command on a terminal, or use --code-file or --code-stdin.",
        ErrorReason.TooManyAttempts => "Wait as long as `retry_after_seconds` says.",
        ErrorReason.UsernameTaken => "Choose another name, or see the account: `mcpsecure users get <user>`.",
        ErrorReason.PasswordTooWeak => "Take a longer, uncommon phrase without the user name in it.",
        ErrorReason.UserNotFound => "`mcpsecure users list` shows who there is.",
        ErrorReason.BootstrapRefused =>
            "Use the one-time secret that the AppHost printed at this start. Where an administrator exists already, he creates further users.",
        ErrorReason.TotpAlreadyEnrolled => "The account's authenticator is in use already: sign in with its code.",
        ErrorReason.TotpCodeInvalid => "Check the clock of the authenticator, wait for the next code, or begin anew with `mcpsecure mfa enrol`.",
        ErrorReason.RoleNotFound => "`mcpsecure roles list` shows the roles, with --organization those of an organization too.",
        ErrorReason.AssignmentNotFound => "`mcpsecure roles assignments <principal>` shows what is held, with --organization in an organization.",
        ErrorReason.GrantExceedsGrantor => "Somebody who holds all that is given or taken here, for as long, can do this.",
        ErrorReason.LastAdministrator => "Make somebody else administrator first.",
        ErrorReason.ApiKeyInvalid => "Make a new key with `mcpsecure keys create`; why this one is refused is told to nobody.",
        ErrorReason.ApiKeyNotFound => "`mcpsecure keys list` shows your keys.",
        ErrorReason.ApiKeyLimitReached => "Revoke a key that is no longer used: `mcpsecure keys list`, `mcpsecure keys revoke <id>`.",
        ErrorReason.ScopeUnknown =>
            "Scopes: mcp:read mcp:write mcp:admin user:read user:write user:token org:read org:write org:admin.",
        ErrorReason.ScopeMissing => "Make a key that has the scope: `mcpsecure keys create <name> --scope <scope>`.",
        ErrorReason.AddressNotAllowed => "Use the key from an address that it allows, or let it be used from this one: `mcpsecure keys update <id> --network <CIDR>`.",
        ErrorReason.RateLimited => "Wait as long as said above, then try again.",
        ErrorReason.KeyPermissionMissing => "Make a key that may do this: `mcpsecure keys create <name> --permission <resource>:<action>`.",
        ErrorReason.ApiKeyRotated => "Use the key that `successor_id` names; who lost its secret rotates that one: `mcpsecure keys rotate <successor_id>`.",
        ErrorReason.ApiKeyStateConflict => "`mcpsecure keys get <id>` shows where the key stands.",
        ErrorReason.KeyringNotFound => "`mcpsecure keyrings list` shows the keyrings, `mcpsecure keyrings create <name>` makes one.",
        ErrorReason.KeyringExists => "Use it, or choose another name: `mcpsecure keyrings get <name>` describes it.",
        ErrorReason.KeyringWrongAlgorithm => "`mcpsecure keyrings get <name>` tells what its keys do.",
        ErrorReason.CiphertextInvalid => "Give the whole ciphertext, its keyring and exactly the context it was encrypted with.",
        ErrorReason.KeyVersionNotFound or ErrorReason.KeyStateConflict => "`mcpsecure keyrings get <name>` shows the versions and where each stands.",
        ErrorReason.KeyringUnusable => "`mcpsecure keyrings get <name>` tells whether the destruction can still be called off.",
        ErrorReason.KeyringProtected => "Do first what the sentence above says; a keyring that the platform needs stays.",
        ErrorReason.KeyExhausted => "Make a new version: `mcpsecure keyrings rotate <name>`.",
        ErrorReason.SecretNotFound => "`mcpsecure secrets describe <path>` tells which versions are deleted, destroyed or expired, `mcpsecure secrets list` which secrets there are.",
        ErrorReason.SecretVersionConflict => "Somebody wrote in between: read the secret again and write against its newest version.",
        ErrorReason.DatabaseNotFound => "`mcpsecure databases list` shows the databases, `mcpsecure databases put <name>` registers one.",
        ErrorReason.DatabaseNotUsable => "Try the same address and account with psql from where Crypto runs; the sentence above says what it answered.",
        ErrorReason.DatabaseInUse => "Revoke its leases with `mcpsecure leases revoke-all <database>`, wait until `mcpsecure leases list <database>` is empty, then try again.",
        ErrorReason.TemplateNotFound => "`mcpsecure databases list` shows the templates of each database.",
        ErrorReason.TemplateRefused => "Put the statements right that the sentence above names; nothing was changed, here or in the database.",
        ErrorReason.LeaseNotFound => "It has ended: `mcpsecure credentials create <database> <template>` makes new ones.",
        ErrorReason.AccountNotFound => "`mcpsecure accounts list` shows whose accounts are kept; Crypto's setting DatabaseAccounts:Logins says so.",
        ErrorReason.LeaseLimitReached =>
            "Revoke leases that nobody needs: `mcpsecure leases list <database>`. `mcpsecure databases templates put` with --max-leases raises a template's limit, Leases:MaxPerOwner an owner's.",
        ErrorReason.AccountRotating => "Wait until the overlap of the last rotation is over, which lets no call fail.",
        ErrorReason.CertificateRequestInvalid => "Make a new key and a request with nothing but the key in it; the flaw named above says what to leave out.",
        ErrorReason.CertificateLimitReached => "Revoke certificates of the workload that are no longer used, or wait until some have ended.",
        ErrorReason.CertificateNotFound => "`mcpsecure certificates list` shows the serial numbers; a certificate that the operator issued is revoked by its authority's id as well.",
        ErrorReason.AuthorityNotFound => "`mcpsecure certificates authorities` shows the ids; what was removed is not there any more.",
        ErrorReason.AuthorityInUse => "Rotate first and wait until the next authority issues; then remove this one, despite live certificates if it must be.",
        ErrorReason.AuthorityRotating => "Wait until the authority that is published already issues.",
        ErrorReason.RevisionUnknown => "Give the revision that the last answer told, or none.",
        ErrorReason.OrganizationNotFound => "`mcpsecure organizations list` shows the organizations that you belong to.",
        ErrorReason.OrganizationExists => "Choose another name, or see the organization: `mcpsecure organizations get <name>`.",
        ErrorReason.OrganizationInUse =>
            "Unregister its resources (`mcpsecure resources list --all --organization <name>`) and delete its roles (`mcpsecure roles list --organization <name>`) first.",
        ErrorReason.MemberNotFound => "`mcpsecure organizations members list <organization>` shows who belongs to it.",
        ErrorReason.MemberOwnsResources =>
            "`mcpsecure resources list <principal> --organization <name>` shows what he owns; give it to somebody else with `mcpsecure resources transfer`.",
        ErrorReason.NotAMember => "Make him a member first: `mcpsecure organizations members add <organization> <principal>`.",
        ErrorReason.RoleExists => "Choose another name, or change the role: `mcpsecure roles update <role> --organization <name>`.",
        ErrorReason.RoleInUse => "`mcpsecure roles assignments --all --role <role> --organization <name>` shows who holds it, `mcpsecure roles list` what includes it.",
        ErrorReason.RoleBuiltIn => "Make a role of the organization that includes it: `mcpsecure roles create <role> --organization <name> --include <built-in>`.",
        ErrorReason.RoleCycle or ErrorReason.RoleTooDeep => "Leave one of the roles out that the way above goes through.",
        ErrorReason.RoleRevisionConflict => "Read the role again with `mcpsecure roles get`, and change what it is now.",
        ErrorReason.GrantNotFound => "`mcpsecure grants list <principal>` shows the ids; what counts in an organization is found with --organization alone.",
        ErrorReason.RightsLimitReached => "Take away what is no longer needed; the limit above counts what has not ended.",
        ErrorReason.ResourceNotFound => "`mcpsecure resources list` shows what is registered for you, with --organization in an organization.",
        ErrorReason.ResourceExists => "Its owner can give it to you: `mcpsecure resources transfer <resource> <principal>`.",
        ErrorReason.EventConflict => null,
        ErrorReason.PageTokenInvalid => "Start again from the first page.",
    };
}
