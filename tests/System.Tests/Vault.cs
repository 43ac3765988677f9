using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>Uses what Crypto keeps and gives out, rightly and wrongly, and remembers what nobody else may ever see.</summary>
internal sealed class Vault
{
    private const string Creation = "CREATE ROLE {{name}} LOGIN PASSWORD {{password}} VALID UNTIL {{expiration}}";

    private readonly List<(string Name, string Value)> secrets = [];

    /// <summary>Gets what was sent and answered in confidence.</summary>
    public IReadOnlyList<(string Name, string Value)> Secrets => secrets;

    /// <summary>Gets the trace of all of it, which ends with <c>CreateCredentials</c>.</summary>
    public string TraceId { get; private init; } = "";

    public static async Task<Vault> UseAsync(Platform platform, Person administrator)
    {
        using var activity = new Activity("vault").SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        var vault = new Vault { TraceId = activity.TraceId.ToHexString() };
        await vault.UseSecretsAsync(administrator.Call<SecretService.SecretServiceClient>());
        await vault.UseEncryptionAsync(administrator.Call<EncryptionService.EncryptionServiceClient>());
        await vault.UseFernetAsync(administrator);
        await vault.UseDocumentsAsync(administrator.Call<DataProtectionService.DataProtectionServiceClient>());
        await vault.UseCredentialsAsync(platform, administrator.Call<DatabaseService.DatabaseServiceClient>());
        return vault;
    }

    private async Task UseSecretsAsync(SecretService.SecretServiceClient client)
    {
        var value = ByteString.CopyFromUtf8(Remember("the value of a secret"));
        await client.PutSecretAsync(new PutSecretRequest { Path = "sentinel", Value = value });
        await client.GetSecretAsync(new GetSecretRequest { Path = "sentinel" });
        await FailAsync(client.PutSecretAsync(new PutSecretRequest { Path = "sentinel", Value = value, ExpectedVersion = 7 }));
        await FailAsync(client.PutSecretAsync(new PutSecretRequest { Path = "", Value = value }));
    }

    private async Task UseEncryptionAsync(EncryptionService.EncryptionServiceClient client)
    {
        var plaintext = ByteString.CopyFromUtf8(Remember("a plaintext of a batch"));
        var batch = new EncryptBatchRequest { Keyring = "service-tokens", Items = { new EncryptItem { Plaintext = plaintext } } };
        await client.EncryptBatchAsync(batch);
        batch.Items.Add(new EncryptItem { Id = "twice", Plaintext = plaintext });
        batch.Items.Add(new EncryptItem { Id = "twice", Plaintext = plaintext });
        await FailAsync(client.EncryptBatchAsync(batch));
        Remember("a data key", (await client.GenerateDataKeyAsync(new GenerateDataKeyRequest { Keyring = "service-tokens" })).Plaintext);
    }

    private async Task UseFernetAsync(Person administrator)
    {
        await administrator.Call<KeyService.KeyServiceClient>().CreateKeyringAsync(new CreateKeyringRequest { Name = "sentinel-fernet", Algorithm = KeyAlgorithm.Fernet });
        var client = administrator.Call<FernetService.FernetServiceClient>();
        var key = RandomNumberGenerator.GetBytes(32);
        var text = Convert.ToBase64String(key).Replace('+', '-').Replace('/', '_');
        secrets.Add(("a Fernet key as text", text));
        Remember("a Fernet key", ByteString.CopyFrom(key));
        await client.ImportFernetKeyAsync(new ImportFernetKeyRequest { Keyring = "sentinel-fernet", Key = text });
        await FailAsync(client.ImportFernetKeyAsync(new ImportFernetKeyRequest { Keyring = "sentinel-fernet", Key = text }));
        await FailAsync(client.ImportFernetKeyAsync(new ImportFernetKeyRequest { Keyring = "sentinel-fernet", Key = text.Replace('=', '!') }));
        var token = await client.EncryptFernetAsync(new EncryptFernetRequest { Keyring = "sentinel-fernet", Plaintext = ByteString.CopyFromUtf8(Remember("a plaintext of Fernet")) });
        await client.DecryptFernetAsync(new DecryptFernetRequest { Keyring = "sentinel-fernet", Token = token.Token });
    }

    private async Task UseDocumentsAsync(DataProtectionService.DataProtectionServiceClient client)
    {
        var document = ByteString.CopyFromUtf8($$$"""{"database":{"password":"{{{Remember("a password of a configuration")}}}"}}""");
        var broken = ByteString.CopyFrom([.. document.Span, (byte)'}']);
        await client.ProtectConfigurationAsync(new ProtectConfigurationRequest { Keyring = "configuration", Document = document });
        await client.MaskDataAsync(new MaskDataRequest { Document = document });
        await FailAsync(client.ProtectConfigurationAsync(new ProtectConfigurationRequest { Keyring = "configuration", Document = broken }));
        await FailAsync(client.MaskDataAsync(new MaskDataRequest { Document = broken }));
        await client.SanitizeTextAsync(new SanitizeTextRequest { Text = $"Bearer {Remember("a bearer token in a text")}" });
    }

    private async Task UseCredentialsAsync(Platform platform, DatabaseService.DatabaseServiceClient client)
    {
        var connection = $"{platform.Postgres.ConnectionString("postgres")};SSL Mode=Disable";
        secrets.Add(("the password of a database", new Npgsql.NpgsqlConnectionStringBuilder(connection).Password!));
        await client.PutDatabaseAsync(new PutDatabaseRequest { Name = "sentinel", ConnectionString = connection });
        await FailAsync(client.PutDatabaseAsync(new PutDatabaseRequest { Name = "sentinel", ConnectionString = connection.Replace("Username=postgres", "Username=nobody", StringComparison.Ordinal) }));
        await client.PutCredentialTemplateAsync(Template("reader", Creation));
        await FailAsync(client.PutCredentialTemplateAsync(Template("broken", Creation + "; GRANT SELECT ON nothing_there TO {{name}}")));
        secrets.Add(("a password of a lease", (await client.CreateCredentialsAsync(new CreateCredentialsRequest { Database = "sentinel", Template = "reader" })).Password));
    }

    private static PutCredentialTemplateRequest Template(string name, string creation) => new()
    {
        Database = "sentinel",
        Name = name,
        CreationStatements = creation,
        DefaultLifetime = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
        MaxLifetime = Duration.FromTimeSpan(TimeSpan.FromMinutes(5)),
    };

    private string Remember(string name)
    {
        var value = $"sentinel-{RandomNumberGenerator.GetHexString(32)}";
        secrets.Add((name, value));
        return value;
    }

    // Bytes as Latin-1, which is what exports of telemetry are looked at in.
    private void Remember(string name, ByteString value) => secrets.Add((name, Encoding.Latin1.GetString(value.Span)));

    private static async Task FailAsync<T>(AsyncUnaryCall<T> call) => await Assert.ThrowsAsync<RpcException>(async () => await call);
}
