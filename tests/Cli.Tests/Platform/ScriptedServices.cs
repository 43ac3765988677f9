using Google.Protobuf;
using Grpc.Core;
using Grpc.Core.Interceptors;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Tests;

/// <summary>Answers every rpc by the script of the test that runs, in place of the service behind it.</summary>
internal sealed class ScriptInterceptor(ScriptHolder script) : Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        script.Current.AnswerAsync<TRequest, TResponse>(request, (IMessage)request, context);

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        script.Current.StreamAsync(request, (IMessage)request, responseStream, context);
}

internal sealed class ScriptedAuth : AuthService.AuthServiceBase;

internal sealed class ScriptedUsers : UserService.UserServiceBase;

internal sealed class ScriptedSecondFactors : MfaService.MfaServiceBase;

internal sealed class ScriptedApiKeys : ApiKeyService.ApiKeyServiceBase;

internal sealed class ScriptedKeyUsage : ApiKeyUsageService.ApiKeyUsageServiceBase;

internal sealed class ScriptedLimits : RateLimitService.RateLimitServiceBase;

internal sealed class ScriptedDecisions : AuthorizationService.AuthorizationServiceBase;

internal sealed class ScriptedRoles : RoleService.RoleServiceBase;

internal sealed class ScriptedOrganizations : OrganizationService.OrganizationServiceBase;

internal sealed class ScriptedGrants : GrantService.GrantServiceBase;

internal sealed class ScriptedResources : ResourceService.ResourceServiceBase;

internal sealed class ScriptedEncryption : EncryptionService.EncryptionServiceBase;

internal sealed class ScriptedFernet : FernetService.FernetServiceBase;

internal sealed class ScriptedSigning : SigningService.SigningServiceBase;

internal sealed class ScriptedKeyrings : KeyService.KeyServiceBase;

internal sealed class ScriptedDataProtection : DataProtectionService.DataProtectionServiceBase;

internal sealed class ScriptedSecrets : SecretService.SecretServiceBase;

internal sealed class ScriptedCertificates : CertificateService.CertificateServiceBase;

internal sealed class ScriptedDatabases : DatabaseService.DatabaseServiceBase;

internal sealed class ScriptedLeases : LeaseService.LeaseServiceBase;

internal sealed class ScriptedAccounts : DatabaseAccountService.DatabaseAccountServiceBase;

internal sealed class ScriptedLog : AuditService.AuditServiceBase;
