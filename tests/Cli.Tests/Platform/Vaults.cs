using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Tests;

/// <summary>Makes what Crypto answers about ciphertexts, secrets, databases and leases when all is well.</summary>
internal static class Vaults
{
    public const string Ciphertext = "mcs1.service-tokens.1.AAAA";

    public static SecretVersion Version => new() { Version = 1, State = SecretVersionState.Live, CreatedAt = Answers.Noon };

    public static SecretMetadata Secret => new()
    {
        Path = "billing/stripe-key",
        NewestVersion = 1,
        Settings = new SecretSettings { MaxVersions = 10, CheckRequired = true, CustomMetadata = { ["owner"] = "ann" } },
        CreatedAt = Answers.Noon,
        UpdatedAt = Answers.Noon,
        Versions = { Version },
    };

    public static void Answer(Script script)
    {
        var template = new CredentialTemplate
        {
            Database = "shop",
            Name = "reader",
            CreationStatements = "CREATE ROLE {{name}}",
            DefaultLifetime = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
            MaxLifetime = Duration.FromTimeSpan(TimeSpan.FromDays(1)),
        };
        var database = new Database { Name = "shop", Host = "db", Database_ = "goods", Username = "dba", Leases = 1, Templates = { template } };
        var lease = new Lease
        {
            LeaseId = "shop/reader/1",
            Username = "reader-1",
            State = LeaseState.Active,
            OwnerId = Desk.UserId,
            CreatedAt = Answers.Noon,
            ExpiresAt = Answers.Noon,
            MaxExpiresAt = Answers.Noon,
        };
        var account = new DatabaseAccount { Workload = "auth", Username = "authdb_a", Version = 1, Since = Answers.Noon, Ready = true };
        var value = ByteString.CopyFromUtf8("value");

        script.On((DecryptRequest _) => new DecryptResponse { Plaintext = value, KeyVersion = 1 });
        script.On((RewrapRequest _) => new RewrapResponse { Ciphertext = Ciphertext, KeyVersion = 1 });
        script.On((GenerateDataKeyRequest request) => new GenerateDataKeyResponse
        {
            Ciphertext = Ciphertext,
            KeyVersion = 1,
            Plaintext = request.WrappedOnly ? ByteString.Empty : value,
        });
        script.On((SignRequest _) => new SignResponse { Signature = value });
        script.On((VerifyRequest _) => new VerifyResponse { Valid = true });
        script.On((GetJwksRequest _) => new GetJwksResponse { Jwks = """{"keys":[{"kty":"RSA"}]}""" });
        script.On((EncryptFernetRequest _) => new EncryptFernetResponse { Token = "gAAA" });
        script.On((DecryptFernetRequest _) => new DecryptFernetResponse { Plaintext = value, KeyVersion = 1, CreatedAt = Answers.Noon });
        script.On((RotateFernetRequest _) => new RotateFernetResponse { Token = "gAAA", KeyVersion = 1 });
        script.On((ImportFernetKeyRequest _) => new ImportFernetKeyResponse { KeyVersion = 1 });
        script.On((SanitizeTextRequest _) => new SanitizeTextResponse { Text = "[email]", Findings = { ["email"] = 1 } });
        script.On((PutSecretRequest _) => new PutSecretResponse { Version = Version });
        script.On((GetSecretRequest _) => new GetSecretResponse { Value = value, Version = Version });
        script.On((GetSecretMetadataRequest _) => new GetSecretMetadataResponse { Secret = Secret });
        script.On((UpdateSecretMetadataRequest _) => new UpdateSecretMetadataResponse { Secret = Secret });
        script.On((ListSecretsRequest _) => new ListSecretsResponse
        {
            Secrets = { new SecretSummary { Path = "billing/stripe-key", NewestVersion = 1, UpdatedAt = Answers.Noon } },
        });
        script.On((DeleteSecretVersionsRequest _) => new DeleteSecretVersionsResponse { Secret = Secret });
        script.On((UndeleteSecretVersionsRequest _) => new UndeleteSecretVersionsResponse { Secret = Secret });
        script.On((DestroySecretVersionsRequest _) => new DestroySecretVersionsResponse { Secret = Secret });
        script.On((DeleteSecretRequest _) => new DeleteSecretResponse());
        script.On((PutDatabaseRequest _) => new PutDatabaseResponse { Database = database });
        script.On((ListDatabasesRequest _) => new ListDatabasesResponse { Databases = { database } });
        script.On((DeleteDatabaseRequest _) => new DeleteDatabaseResponse());
        script.On((PutCredentialTemplateRequest _) => new PutCredentialTemplateResponse { Template = template });
        script.On((DeleteCredentialTemplateRequest _) => new DeleteCredentialTemplateResponse());
        script.On((CreateCredentialsRequest _) => new CreateCredentialsResponse
        {
            LeaseId = "shop/reader/1",
            Username = "reader-1",
            Password = "pass-once",
            ExpiresAt = Answers.Noon,
            MaxExpiresAt = Answers.Noon,
        });
        script.On((ListLeasesRequest _) => new ListLeasesResponse { Leases = { lease } });
        script.On((RenewLeaseRequest _) => new RenewLeaseResponse { Lease = lease });
        script.On((RevokeLeaseRequest _) => new RevokeLeaseResponse { Revoked = true });
        script.On((RevokeLeasesRequest _) => new RevokeLeasesResponse { Leases = 1 });
        script.On((ListDatabaseAccountsRequest _) => new ListDatabaseAccountsResponse { Accounts = { account } });
        script.On((RotateDatabaseAccountRequest _) => new RotateDatabaseAccountResponse { Account = account });
    }
}
