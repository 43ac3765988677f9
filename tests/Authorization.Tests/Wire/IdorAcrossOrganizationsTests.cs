using System.Reflection;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>
/// The administrator of one organization uses ids of another one. The rpcs are found by reflection and their requests filled by the rules of the
/// contract, so that a new rpc is tried without being listed.
/// </summary>
public sealed class IdorAcrossOrganizationsTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>, IAsyncLifetime
{
    private static readonly ServiceDescriptor[] Services =
    [
        AuthorizationService.Descriptor, OrganizationService.Descriptor, RoleService.Descriptor, GrantService.Descriptor, ResourceService.Descriptor,
    ];

    private Guid own;
    private Guid attacker;
    private Guid theirs;
    private Guid victim;
    private string grant = "";
    private string revision = "";

    public static TheoryData<string> Rpcs => [.. Services.SelectMany(service => service.Methods).Where(NamesAnOrganization).Select(rpc => rpc.FullName)];

    public async Task InitializeAsync()
    {
        (own, attacker) = await platform.OrganizationAsync();
        (theirs, _) = await platform.OrganizationAsync();
        victim = await platform.MemberAsync(theirs, "viewer");
        var cli = platform.As("cli");
        var granted = await cli.Grants.GrantPermissionAsync(
            new() { Principal = Of(victim), OrganizationId = theirs.ToString(), Permission = new() { ResourcePattern = "servers/*", ActionPattern = "use" } },
            platform.Administrator);
        grant = granted.Grant.GrantId;
        var role = await cli.Roles.CreateRoleAsync(new() { OrganizationId = theirs.ToString(), Name = "secret-role", Definition = new() }, platform.Administrator);
        revision = role.Role.Revision;
        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = theirs.ToString(), Resource = "servers/secret", Owner = Of(victim) }, platform.Administrator);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Rpcs))]
    public async Task Attack_IdorAcrossOrganizations_ReadsAsIfItWereNotThere(string rpc)
    {
        var method = Services.SelectMany(service => service.Methods).Single(method => method.FullName == rpc);
        var before = await platform.StateAsync();

        var notYours = await TryAsync(method, theirs);
        var notThere = await TryAsync(method, Guid.CreateVersion7(TimeProvider.System.GetUtcNow()));

        Assert.Equal((notThere.Status, notThere.Reason), (notYours.Status, notYours.Reason));
        Assert.Equal(Blank(notThere.Message), Blank(notYours.Message));
        Assert.Contains(notYours.Reason, method.Service == AuthorizationService.Descriptor
            ? [ErrorReason.PermissionDenied, ErrorReason.OrganizationNotFound]
            : new ErrorReason?[] { ErrorReason.OrganizationNotFound, ErrorReason.ResourceNotFound });
        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public void Rpcs_ThatNameAnOrganization_AreFound() => Assert.InRange(Rpcs.Count, 20, 100);

    [Fact]
    public async Task Attack_IdsOfAnotherOrganizationInOnesOwn_FindNothing()
    {
        var (cli, his, id) = (platform.As("cli"), platform.Auth.SignIn(attacker), own.ToString());
        var before = await platform.StateAsync();

        Assert.Equal(ErrorReason.GrantNotFound, (await RefusedAsync(cli.Grants.RevokeGrantAsync(new() { OrganizationId = id, GrantId = grant }, his))).Reason);
        Assert.Equal(ErrorReason.RoleNotFound, (await RefusedAsync(cli.Roles.GetRoleAsync(new() { OrganizationId = id, Name = "secret-role" }, his))).Reason);
        Assert.Equal(ErrorReason.RoleNotFound, (await RefusedAsync(cli.Roles.DeleteRoleAsync(new() { OrganizationId = id, Name = "secret-role" }, his))).Reason);
        Assert.Equal(
            ErrorReason.RoleNotFound,
            (await RefusedAsync(cli.Roles.UpdateRoleAsync(
                new() { OrganizationId = id, Name = "secret-role", Definition = new(), ExpectedRevision = revision }, his))).Reason);
        Assert.Equal(
            ErrorReason.RoleNotFound,
            (await RefusedAsync(cli.Roles.AssignRoleAsync(new() { OrganizationId = id, Principal = Of(attacker), Role = "secret-role" }, his))).Reason);
        Assert.Equal(
            ErrorReason.RoleNotFound,
            (await RefusedAsync(cli.Roles.CreateRoleAsync(
                new() { OrganizationId = id, Name = "mine", Definition = new() { Includes = { "secret-role" } } }, his))).Reason);
        Assert.Equal(
            ErrorReason.MemberNotFound, (await RefusedAsync(cli.Organizations.RemoveMemberAsync(new() { OrganizationId = id, Principal = Of(victim) }, his))).Reason);
        Assert.Equal(
            ErrorReason.NotAMember,
            (await RefusedAsync(cli.Roles.AssignRoleAsync(new() { OrganizationId = id, Principal = Of(victim), Role = "viewer" }, his))).Reason);
        Assert.Equal(ErrorReason.ResourceNotFound, (await RefusedAsync(cli.Resources.GetResourceAsync(new() { OrganizationId = id, Resource = "servers/secret" }, his))).Reason);
        Assert.Equal(
            ErrorReason.ResourceNotFound,
            (await RefusedAsync(cli.Resources.TransferResourceAsync(
                new() { OrganizationId = id, Resource = "servers/secret", Owner = Of(attacker) }, his))).Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public async Task ListOrganizations_ByAMember_HoldsHisOwnAlone()
    {
        var listed = await platform.As("cli").Organizations.ListOrganizationsAsync(new(), platform.Auth.SignIn(attacker));

        Assert.Equal([own.ToString()], listed.Organizations.Select(organization => organization.OrganizationId));
    }

    private async Task<McpSecureError> TryAsync(MethodDescriptor method, Guid organization)
    {
        var clients = platform.As("cli");
        ClientBase client = method.Service.Name switch
        {
            nameof(AuthorizationService) => clients.Decisions,
            nameof(OrganizationService) => clients.Organizations,
            nameof(RoleService) => clients.Roles,
            nameof(GrantService) => clients.Grants,
            _ => clients.Resources,
        };
        var request = Fill(method.InputType, organization);
        var call = client.GetType().GetMethod($"{method.Name}Async", [request.GetType(), typeof(Metadata), typeof(DateTime?), typeof(CancellationToken)])!
            .Invoke(client, [request, platform.Auth.SignIn(attacker), null, CancellationToken.None])!;
        var answer = (Task)call.GetType().GetProperty("ResponseAsync", BindingFlags.Public | BindingFlags.Instance)!.GetValue(call)!;
        return McpSecureError.From(await Assert.ThrowsAsync<RpcException>(() => answer));
    }

    private IMessage Fill(MessageDescriptor type, Guid organization)
    {
        var message = type.Parser.ParseFrom(ReadOnlySpan<byte>.Empty.ToArray());
        foreach (var field in type.Fields.InDeclarationOrder())
        {
            if (ValueOf(field, organization) is { } value && !field.IsRepeated)
            {
                field.Accessor.SetValue(message, value);
            }
            else if (field is { IsRepeated: true, FieldType: FieldType.Message } && IsRequired(field))
            {
                ((System.Collections.IList)field.Accessor.GetValue(message)).Add(Fill(field.MessageType, organization));
            }
        }

        return message;
    }

    private object? ValueOf(FieldDescriptor field, Guid organization) => field.Name switch
    {
        "organization_id" => organization.ToString(),
        "principal" or "owner" => Of(victim),
        "grant_id" => grant,
        "expected_revision" => revision,
        "display_name" => "Mine now",
        "resource" => "servers/secret",
        "action" => "read",
        "resource_pattern" => "servers/*",
        "action_pattern" => "use",
        "name" when field.ContainingType.Name.Contains("Role", StringComparison.Ordinal) => "secret-role",
        "role" => "viewer",
        "dry_run" => null,
        _ when field is { FieldType: FieldType.Message } && IsRequired(field) => Fill(field.MessageType, organization),
        _ => null,
    };

    private static bool IsRequired(FieldDescriptor field) => field.GetOptions()?.GetExtension(RulesExtensions.Rules)?.Required == true;

    private static bool NamesAnOrganization(MethodDescriptor rpc) =>
        rpc.InputType.Fields.InDeclarationOrder().Any(field =>
            field.Name == "organization_id"
            || (field.FieldType == FieldType.Message && IsRequired(field) && field.MessageType.FindFieldByName("organization_id") is not null));

    private static string Blank(string message) => System.Text.RegularExpressions.Regex.Replace(message, "[0-9a-f]{8}-[0-9a-f-]{27}", "…", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
}
