using McpSecure.Authorization.V1;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Tests;

/// <summary>Makes what Authorization answers about organizations, roles, grants and resources when all is well.</summary>
internal static class Rights
{
    public const string OrganizationId = "01890a5d-ac96-774b-bcce-b302099a8058";
    public const string GrantId = "01890a5d-ac96-774b-bcce-b302099a8059";
    public const string KeyId = "01890a5d-ac96-774b-bcce-b302099a8060";

    public static Principal Ann => new() { Type = PrincipalType.User, Id = Desk.UserId };

    public static Organization Organization => new() { OrganizationId = OrganizationId, Name = "acme", DisplayName = "Acme", CreatedAt = Answers.Noon };

    public static Role CustomRole => new()
    {
        Name = "operator",
        Description = "Runs servers.",
        Permissions =
        {
            new Permission { ResourcePattern = "servers/*", ActionPattern = "delete", Effect = Effect.Allow, RequiresSecondFactor = true },
            new Permission { ResourcePattern = "servers/core", ActionPattern = "*", Effect = Effect.Deny },
        },
        OrganizationId = OrganizationId,
        Includes = { "viewer" },
        Revision = "7",
        CreatedAt = Answers.Noon,
        ChangedAt = Answers.Noon,
    };

    public static RoleAssignment Assignment => new() { Principal = Ann, Role = "viewer", AssignedAt = Answers.Noon };

    public static DryRunResult WouldChange => new()
    {
        Changes =
        {
            new ChangedDecision { Principal = Ann, OrganizationId = OrganizationId, Resource = "servers/weather", Action = "read", AllowedAfter = true },
            new ChangedDecision
            {
                Principal = new Principal { Type = PrincipalType.Service, Id = "weather" }, Resource = "servers/core", Action = "delete", AllowedBefore = true,
            },
        },
    };

    /// <summary>Answers changes as made, and dry runs as not made.</summary>
    public static void Answer(Script script)
    {
        var member = new Member { Principal = Ann, JoinedAt = Answers.Noon };
        var viewer = new Role
        {
            Name = "viewer",
            Description = "May look.",
            BuiltIn = true,
            Permissions = { new Permission { ResourcePattern = "servers", ActionPattern = "read" } },
        };
        var grant = new Grant
        {
            GrantId = GrantId,
            Principal = Ann,
            Permission = new Permission { ResourcePattern = "servers/*", ActionPattern = "read", Effect = Effect.Allow },
            CreatedAt = Answers.Noon,
        };
        var resource = new Resource { Resource_ = "servers/weather", Owner = Ann, RegisteredAt = Answers.Noon };

        script.On((CreateOrganizationRequest request) => new CreateOrganizationResponse { Organization = Organization, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((GetOrganizationRequest _) => new GetOrganizationResponse { Organization = Organization });
        script.On((ListOrganizationsRequest _) => new ListOrganizationsResponse { Organizations = { Organization } });
        script.On((UpdateOrganizationRequest request) => new UpdateOrganizationResponse { Organization = Organization, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((DeleteOrganizationRequest request) => new DeleteOrganizationResponse { Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((AddMemberRequest request) => new AddMemberResponse { Member = member, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((RemoveMemberRequest request) => new RemoveMemberResponse { Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((ListMembersRequest _) => new ListMembersResponse { Members = { member } });
        script.On((ListRolesRequest request) => new ListRolesResponse { Roles = { request.OrganizationId.Length > 0 ? [CustomRole, viewer] : new[] { viewer } } });
        script.On((GetRoleRequest request) => new GetRoleResponse { Role = request.Name == viewer.Name ? viewer : CustomRole });
        script.On((CreateRoleRequest request) => new CreateRoleResponse { Role = CustomRole, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((UpdateRoleRequest request) => new UpdateRoleResponse { Role = CustomRole, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((DeleteRoleRequest request) => new DeleteRoleResponse { Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((AssignRoleRequest request) => new AssignRoleResponse { Assignment = Assignment, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((UnassignRoleRequest request) => new UnassignRoleResponse { Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((ListRoleAssignmentsRequest _) => new ListRoleAssignmentsResponse { Assignments = { Assignment } });
        script.On((GrantPermissionRequest request) => new GrantPermissionResponse { Grant = grant, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((RevokeGrantRequest request) => new RevokeGrantResponse { Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((ListGrantsRequest _) => new ListGrantsResponse { Grants = { grant } });
        script.On((RegisterResourceRequest request) => new RegisterResourceResponse { Resource = resource, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((GetResourceRequest _) => new GetResourceResponse { Resource = resource });
        script.On((TransferResourceRequest request) => new TransferResourceResponse { Resource = resource, Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((UnregisterResourceRequest request) => new UnregisterResourceResponse { Revision = "9", DryRunResult = Result(request.DryRun) });
        script.On((ListResourcesRequest _) => new ListResourcesResponse { Resources = { resource } });
        script.On((CheckPermissionRequest request) => new CheckPermissionResponse
        {
            Allowed = request.Question.Action == "read",
            Reason = request.Question.Action == "read" ? DecisionReason.Role : DecisionReason.NoRule,
            Revision = "9",
        });
        script.On((CheckPermissionsRequest request) => new CheckPermissionsResponse
        {
            Answers =
            {
                request.Questions.Select(question => question.Action == "read"
                    ? new PermissionAnswer { Allowed = true, Reason = DecisionReason.Role }
                    : new PermissionAnswer { Reason = DecisionReason.NoRule }),
            },
        });
        script.On((ListPermissionsRequest _) => new ListPermissionsResponse
        {
            Rules =
            {
                new MatchedRule { Role = "viewer", ResourcePattern = "servers", ActionPattern = "read", Subtree = "servers/weather", ExpiresAt = Answers.Noon },
                new MatchedRule { GrantId = GrantId, ResourcePattern = "servers/*", ActionPattern = "*", Effect = Effect.Deny },
                new MatchedRule { OwnedResource = "servers/weather", ResourcePattern = "servers/weather", ActionPattern = "*" },
            },
        });
        script.On((ListAllowedResourcesRequest _) => new ListAllowedResourcesResponse { Resources = { "servers/weather" } });
        script.On((ListAllowedPrincipalsRequest _) => new ListAllowedPrincipalsResponse
        {
            Principals = { Ann, new Principal { Type = PrincipalType.Service, Id = "weather" } },
        });
        script.On((ExplainPermissionRequest _) => new ExplainPermissionResponse
        {
            Allowed = true,
            Reason = DecisionReason.Role,
            Explanation = "A role allows it.",
            Roles = { "viewer" },
            MatchedRules =
            {
                new MatchedRule { GrantId = GrantId, ResourcePattern = "servers", ActionPattern = "*", Effect = Effect.Allow, RequiresSecondFactor = true },
                new MatchedRule { Role = "operator", ThroughRoles = { "viewer" }, ResourcePattern = "servers", ActionPattern = "read", Effect = Effect.Allow, OrganizationId = OrganizationId },
            },
            DecidingRule = new MatchedRule { Role = "operator", ThroughRoles = { "viewer" }, ResourcePattern = "servers", ActionPattern = "read", Effect = Effect.Allow, OrganizationId = OrganizationId },
            Revision = "9",
        });
    }

    private static DryRunResult? Result(DryRun? asked) => asked is null ? null : WouldChange;
}
