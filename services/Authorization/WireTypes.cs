using Google.Protobuf.WellKnownTypes;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Reads what arrives into the types of the rules, and writes those out.</summary>
internal static class WireTypes
{
    /// <summary>Reads a principal.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: the id does not have the form that its kind asks for.</exception>
    public static Principal Read(Common.V1.Principal principal, string field)
    {
        var (kind, form) = principal.Type switch
        {
            PrincipalType.User => (PrincipalKind.User, "a UUID in lower case"),
            PrincipalType.ApiKey => (PrincipalKind.ApiKey, "a UUID in lower case"),
            PrincipalType.Service => (PrincipalKind.Service, "the name of a workload"),
            PrincipalType.Unspecified => throw Refusal.InvalidField($"{field}.type", "must be set"),
        };
        return Principal.Of(kind, principal.Id) ?? throw Refusal.InvalidField($"{field}.id", $"must be {form}");
    }

    /// <summary>Reads a question and about whom it is.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: the principal's id; SCOPE_UNKNOWN: a scope has no meaning here.</exception>
    public static (Principal Principal, Question Question) Read(PermissionQuestion question)
    {
        var principal = Read(question.Principal, "question.principal");
        foreach (var scope in question.Scopes)
        {
            if (!Scopes.Meaning.ContainsKey(scope))
            {
                throw Refusal.Because(ErrorReason.ScopeUnknown, "There is no such scope.", ("scope", scope));
            }
        }

        return (principal, new Question(question.Resource, question.Action, question.Scopes)
        {
            Organization = ReadOrganization(question.OrganizationId),
            SecondFactor = question.SecondFactor,
            NarrowedTo = question.NarrowedTo.Count == 0 ? [] : [.. question.NarrowedTo.Select(Read)],
        });
    }

    /// <summary>Reads an optional id of an organization, whose form the contract has checked; null where it is not given.</summary>
    public static Guid? ReadOrganization(string id) => id.Length == 0 ? null : Guid.Parse(id);

    /// <summary>Reads an optional revision; the oldest where it is not given.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static Revision ReadRevision(string text, string field = "at_least_revision") =>
        text.Length == 0 ? default
        : Revision.TryParse(text, provider: null, out var revision) ? revision
        : throw Refusal.InvalidField(field, "must be a revision that this service told");

    private static Permission Read(PermissionPattern pattern) => new(new FnmatchPattern(pattern.ResourcePattern), new FnmatchPattern(pattern.ActionPattern));

    public static V1.RoleAssignment Write(RoleAssignment assignment) => new()
    {
        Principal = Write(assignment.Principal),
        Role = assignment.Role,
        AssignedAt = assignment.AssignedAt.ToTimestamp(),
    };

    public static V1.Role Write(Role role) => new()
    {
        Name = role.Name,
        Description = role.Description,
        BuiltIn = true,
        Permissions =
        {
            role.Permissions.Select(permission => new V1.Permission
            {
                ResourcePattern = permission.Resource.Text,
                ActionPattern = permission.Action.Text,
                Effect = permission.Effect == Effect.Allow ? V1.Effect.Allow : V1.Effect.Deny,
                RequiresSecondFactor = permission.SecondFactor,
            }),
        },
    };

    public static Common.V1.Principal Write(Principal principal) => new() { Type = TypeOf(principal.Kind), Id = principal.Id };

    public static PrincipalType TypeOf(PrincipalKind kind) => kind switch
    {
        PrincipalKind.User => PrincipalType.User,
        PrincipalKind.ApiKey => PrincipalType.ApiKey,
        PrincipalKind.Service => PrincipalType.Service,
    };
}
