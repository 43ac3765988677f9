using System.Diagnostics;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>The story of the README, told once through all five services; tests look at what came of it.</summary>
internal sealed class Story : IAsyncDisposable
{
    private Story(Platform platform)
    {
        Administrator = new Person(platform, "administrator", Sentinel());
        Developer = new Person(platform, "developer", Sentinel());
    }

    public Person Administrator { get; }

    public Person Developer { get; }

    /// <summary>Gets the trace of each step, by what the audit log must say of it.</summary>
    public Dictionary<string, string> TraceOf { get; } = new(StringComparer.Ordinal);

    public CreateApiKeyResponse Key { get; private set; } = new();

    public ValidateApiKeyResponse ValidKey { get; private set; } = new();

    public ExplainPermissionResponse Reading { get; private set; } = new();

    public ExplainPermissionResponse Deleting { get; private set; } = new();

    public string Plaintext { get; } = Sentinel();

    public string Ciphertext { get; private set; } = "";

    public Keyring Rotated { get; private set; } = new();

    public DecryptResponse Decrypted { get; private set; } = new();

    public McpSecureError? AfterRevocation { get; private set; }

    public static async Task<Story> TellAsync(Platform platform)
    {
        var story = new Story(platform);
        await story.TellPeopleAsync(platform);
        await story.TellKeyAsync();
        await story.TellCiphertextAsync();
        await story.TellRevocationAsync();

        return story;
    }

    public async ValueTask DisposeAsync()
    {
        await Administrator.DisposeAsync();
        await Developer.DisposeAsync();
    }

    private async Task TellPeopleAsync(Platform platform)
    {
        await StepAsync("auth.administrator.bootstrapped", () => Administrator.BootstrapAsync(platform.BootstrapSecret));
        await Administrator.SignInAsync();
        await StepAsync("auth.totp.enrolled", Administrator.EnrolAsync);
        await StepAsync("auth.user.created", async () => await Administrator.Call<UserService.UserServiceClient>().CreateUserAsync(
            new CreateUserRequest { Username = Developer.Username, Password = Developer.Password }));
        await Developer.SignInAsync();
        await Developer.EnrolAsync();
        await StepAsync("auth.signin.succeeded", Developer.SignInAsync);
        await StepAsync("authorization.role.assigned", async () => await Administrator.Call<RoleService.RoleServiceClient>().AssignRoleAsync(
            new AssignRoleRequest { Principal = User(Developer), Role = "developer" }));
    }

    private async Task TellKeyAsync()
    {
        var keys = Developer.Call<ApiKeyService.ApiKeyServiceClient>();
        await StepAsync("apikey.key.created", async () => Key = await keys.CreateApiKeyAsync(
            new CreateApiKeyRequest { Name = "story", Scopes = { "mcp:read" }, Lifetime = Duration.FromTimeSpan(TimeSpan.FromHours(1)) }));
        await StepAsync("apikey.key.validated", async () => ValidKey = await keys.ValidateApiKeyAsync(new ValidateApiKeyRequest { Secret = Key.Secret }));

        var decisions = Developer.Call<AuthorizationService.AuthorizationServiceClient>();
        await StepAsync("authorization.permission.checked", async () => Reading = await decisions.ExplainPermissionAsync(
            new ExplainPermissionRequest { Question = Question("read") }));
        Deleting = await decisions.ExplainPermissionAsync(new ExplainPermissionRequest { Question = Question("delete") });
    }

    private async Task TellCiphertextAsync()
    {
        var encryption = Developer.Call<EncryptionService.EncryptionServiceClient>();
        var context = ByteString.CopyFromUtf8("tokens/1");
        await StepAsync("crypto.data.encrypted", async () => Ciphertext = (await encryption.EncryptAsync(
            new EncryptRequest { Keyring = "service-tokens", Plaintext = ByteString.CopyFromUtf8(Plaintext), Context = context })).Ciphertext);
        await StepAsync("crypto.keyring.rotated", async () => Rotated = (await Administrator.Call<KeyService.KeyServiceClient>().RotateKeyringAsync(
            new RotateKeyringRequest { Name = "service-tokens" })).Keyring);
        await StepAsync("crypto.data.decrypted", async () => Decrypted = await encryption.DecryptAsync(
            new DecryptRequest { Keyring = "service-tokens", Ciphertext = Ciphertext, Context = context }));
    }

    private async Task TellRevocationAsync()
    {
        var keys = Developer.Call<ApiKeyService.ApiKeyServiceClient>();
        await StepAsync("apikey.key.revoked", async () => await keys.RevokeApiKeyAsync(new RevokeApiKeyRequest { ApiKeyId = Key.ApiKey.ApiKeyId }));

        try
        {
            await keys.ValidateApiKeyAsync(new ValidateApiKeyRequest { Secret = Key.Secret });
        }
        catch (RpcException e)
        {
            AfterRevocation = McpSecureError.From(e);
        }
    }

    private PermissionQuestion Question(string action) =>
        new() { Principal = User(Developer), Resource = "servers", Action = action, Scopes = { ValidKey.Scopes } };

    private static Principal User(Person person) => new() { Type = PrincipalType.User, Id = person.UserId };

    private static string Sentinel() => $"sentinel-{RandomNumberGenerator.GetHexString(32)}";

    // The calls of a step travel in one trace, as those of one command do.
    private async Task StepAsync(string action, Func<Task> step)
    {
        using var activity = new Activity(action).SetIdFormat(ActivityIdFormat.W3C).Start();
        activity.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        TraceOf.Add(action, activity.TraceId.ToHexString());
        await step();
    }
}
