using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Tests;

internal sealed class ScriptedAuth(ScriptHolder script) : AuthService.AuthServiceBase
{
    public override Task<BootstrapAdministratorResponse> BootstrapAdministrator(BootstrapAdministratorRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<BootstrapAdministratorRequest, BootstrapAdministratorResponse>(request, context);

    public override Task<SignInResponse> SignIn(SignInRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<SignInRequest, SignInResponse>(request, context);

    public override Task<RevokeTokenResponse> RevokeToken(RevokeTokenRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RevokeTokenRequest, RevokeTokenResponse>(request, context);
}

internal sealed class ScriptedUsers(ScriptHolder script) : UserService.UserServiceBase
{
    public override Task<CreateUserResponse> CreateUser(CreateUserRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<CreateUserRequest, CreateUserResponse>(request, context);

    public override Task<GetUserResponse> GetUser(GetUserRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<GetUserRequest, GetUserResponse>(request, context);

    public override Task<ListUsersResponse> ListUsers(ListUsersRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListUsersRequest, ListUsersResponse>(request, context);
}

internal sealed class ScriptedSecondFactors(ScriptHolder script) : MfaService.MfaServiceBase
{
    public override Task<BeginTotpEnrolmentResponse> BeginTotpEnrolment(BeginTotpEnrolmentRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<BeginTotpEnrolmentRequest, BeginTotpEnrolmentResponse>(request, context);

    public override Task<ConfirmTotpEnrolmentResponse> ConfirmTotpEnrolment(ConfirmTotpEnrolmentRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ConfirmTotpEnrolmentRequest, ConfirmTotpEnrolmentResponse>(request, context);
}

internal sealed class ScriptedApiKeys(ScriptHolder script) : ApiKeyService.ApiKeyServiceBase
{
    public override Task<CreateApiKeyResponse> CreateApiKey(CreateApiKeyRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<CreateApiKeyRequest, CreateApiKeyResponse>(request, context);

    public override Task<ValidateApiKeyResponse> ValidateApiKey(ValidateApiKeyRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ValidateApiKeyRequest, ValidateApiKeyResponse>(request, context);

    public override Task<RevokeApiKeyResponse> RevokeApiKey(RevokeApiKeyRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RevokeApiKeyRequest, RevokeApiKeyResponse>(request, context);

    public override Task<ListApiKeysResponse> ListApiKeys(ListApiKeysRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListApiKeysRequest, ListApiKeysResponse>(request, context);
}

internal sealed class ScriptedDecisions(ScriptHolder script) : AuthorizationService.AuthorizationServiceBase
{
    public override Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<CheckPermissionRequest, CheckPermissionResponse>(request, context);

    public override Task<ExplainPermissionResponse> ExplainPermission(ExplainPermissionRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ExplainPermissionRequest, ExplainPermissionResponse>(request, context);
}

internal sealed class ScriptedRoles(ScriptHolder script) : RoleService.RoleServiceBase
{
    public override Task<ListRolesResponse> ListRoles(ListRolesRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListRolesRequest, ListRolesResponse>(request, context);

    public override Task<AssignRoleResponse> AssignRole(AssignRoleRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<AssignRoleRequest, AssignRoleResponse>(request, context);

    public override Task<UnassignRoleResponse> UnassignRole(UnassignRoleRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<UnassignRoleRequest, UnassignRoleResponse>(request, context);

    public override Task<ListRoleAssignmentsResponse> ListRoleAssignments(ListRoleAssignmentsRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListRoleAssignmentsRequest, ListRoleAssignmentsResponse>(request, context);
}

internal sealed class ScriptedEncryption(ScriptHolder script) : EncryptionService.EncryptionServiceBase
{
    public override Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<EncryptRequest, EncryptResponse>(request, context);

    public override Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<DecryptRequest, DecryptResponse>(request, context);
}

internal sealed class ScriptedCertificates(ScriptHolder script) : CertificateService.CertificateServiceBase
{
    public override Task<IssueWorkloadCertificateResponse> IssueWorkloadCertificate(IssueWorkloadCertificateRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<IssueWorkloadCertificateRequest, IssueWorkloadCertificateResponse>(request, context);

    public override Task<GetTrustBundleResponse> GetTrustBundle(GetTrustBundleRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<GetTrustBundleRequest, GetTrustBundleResponse>(request, context);

    public override Task<ListCertificatesResponse> ListCertificates(ListCertificatesRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListCertificatesRequest, ListCertificatesResponse>(request, context);

    public override Task<RevokeCertificateResponse> RevokeCertificate(RevokeCertificateRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RevokeCertificateRequest, RevokeCertificateResponse>(request, context);

    public override Task<RotateAuthorityResponse> RotateAuthority(RotateAuthorityRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RotateAuthorityRequest, RotateAuthorityResponse>(request, context);

    public override Task<RemoveAuthorityResponse> RemoveAuthority(RemoveAuthorityRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RemoveAuthorityRequest, RemoveAuthorityResponse>(request, context);
}

internal sealed class ScriptedKeyrings(ScriptHolder script) : KeyService.KeyServiceBase
{
    public override Task<CreateKeyringResponse> CreateKeyring(CreateKeyringRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<CreateKeyringRequest, CreateKeyringResponse>(request, context);

    public override Task<GetKeyringResponse> GetKeyring(GetKeyringRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<GetKeyringRequest, GetKeyringResponse>(request, context);

    public override Task<ListKeyringsResponse> ListKeyrings(ListKeyringsRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListKeyringsRequest, ListKeyringsResponse>(request, context);

    public override Task<RotateKeyringResponse> RotateKeyring(RotateKeyringRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RotateKeyringRequest, RotateKeyringResponse>(request, context);

    public override Task<UpdateKeyringResponse> UpdateKeyring(UpdateKeyringRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<UpdateKeyringRequest, UpdateKeyringResponse>(request, context);

    public override Task<DisableKeyVersionResponse> DisableKeyVersion(DisableKeyVersionRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<DisableKeyVersionRequest, DisableKeyVersionResponse>(request, context);

    public override Task<EnableKeyVersionResponse> EnableKeyVersion(EnableKeyVersionRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<EnableKeyVersionRequest, EnableKeyVersionResponse>(request, context);

    public override Task<ScheduleDestructionResponse> ScheduleDestruction(ScheduleDestructionRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ScheduleDestructionRequest, ScheduleDestructionResponse>(request, context);

    public override Task<CancelDestructionResponse> CancelDestruction(CancelDestructionRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<CancelDestructionRequest, CancelDestructionResponse>(request, context);

    public override Task<RotateKeyEncryptionKeyResponse> RotateKeyEncryptionKey(RotateKeyEncryptionKeyRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<RotateKeyEncryptionKeyRequest, RotateKeyEncryptionKeyResponse>(request, context);

    public override Task<ListKeyEncryptionKeysResponse> ListKeyEncryptionKeys(ListKeyEncryptionKeysRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<ListKeyEncryptionKeysRequest, ListKeyEncryptionKeysResponse>(request, context);
}

internal sealed class ScriptedLog(ScriptHolder script) : AuditService.AuditServiceBase
{
    public override Task<QueryEventsResponse> QueryEvents(QueryEventsRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<QueryEventsRequest, QueryEventsResponse>(request, context);

    public override Task<VerifyLogResponse> VerifyLog(VerifyLogRequest request, ServerCallContext context) =>
        script.Current.AnswerAsync<VerifyLogRequest, VerifyLogResponse>(request, context);

    public override Task TailEvents(TailEventsRequest request, IServerStreamWriter<TailEventsResponse> responseStream, ServerCallContext context) =>
        script.Current.StreamAsync(request, responseStream, context);

    public override Task ReadLog(ReadLogRequest request, IServerStreamWriter<ReadLogResponse> responseStream, ServerCallContext context) =>
        script.Current.StreamAsync(request, responseStream, context);
}
