using Grpc.Core;
using McpSecure.ApiKey.V1;

namespace McpSecure.ApiKey;

/// <summary>Answers API key calls, each through the calls of its subject.</summary>
internal sealed class ApiKeyGrpcService(KeyLifeCalls life, KeyEndCalls ends, KeyImportCalls imports, KeyValidationCalls validation)
    : ApiKeyService.ApiKeyServiceBase
{
    public override Task<CreateApiKeyResponse> CreateApiKey(CreateApiKeyRequest request, ServerCallContext context) => life.CreateAsync(request, context);

    public override Task<GetApiKeyResponse> GetApiKey(GetApiKeyRequest request, ServerCallContext context) => life.GetAsync(request, context);

    public override Task<ListApiKeysResponse> ListApiKeys(ListApiKeysRequest request, ServerCallContext context) => life.ListAsync(request, context);

    public override Task<UpdateApiKeyResponse> UpdateApiKey(UpdateApiKeyRequest request, ServerCallContext context) => life.UpdateAsync(request, context);

    public override Task<DisableApiKeyResponse> DisableApiKey(DisableApiKeyRequest request, ServerCallContext context) => life.DisableAsync(request, context);

    public override Task<EnableApiKeyResponse> EnableApiKey(EnableApiKeyRequest request, ServerCallContext context) => life.EnableAsync(request, context);

    public override Task<RotateApiKeyResponse> RotateApiKey(RotateApiKeyRequest request, ServerCallContext context) => life.RotateAsync(request, context);

    public override Task<RevokeApiKeyResponse> RevokeApiKey(RevokeApiKeyRequest request, ServerCallContext context) => ends.RevokeAsync(request, context);

    public override Task<RevokeOwnerKeysResponse> RevokeOwnerKeys(RevokeOwnerKeysRequest request, ServerCallContext context) => ends.RevokeOwnerAsync(request, context);

    public override Task<RevokeOrganizationKeysResponse> RevokeOrganizationKeys(RevokeOrganizationKeysRequest request, ServerCallContext context) => ends.RevokeOrganizationAsync(request, context);

    public override Task<ReportLeakedKeyResponse> ReportLeakedKey(ReportLeakedKeyRequest request, ServerCallContext context) => ends.ReportAsync(request, context);

    public override Task<ImportApiKeysResponse> ImportApiKeys(ImportApiKeysRequest request, ServerCallContext context) => imports.ImportAsync(request, context);

    public override Task<ValidateApiKeyResponse> ValidateApiKey(ValidateApiKeyRequest request, ServerCallContext context) =>
        validation.AnswerAsync(request, context);
}
