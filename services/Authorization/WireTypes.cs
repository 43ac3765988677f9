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
        var kind = KindOf(principal.Type);
        var form = kind == PrincipalKind.Service ? "the name of a workload" : "a UUID in lower case";
        return Principal.Of(kind, principal.Id) ?? throw Refusal.InvalidField($"{field}.id", $"must be {form}");
    }

    /// <summary>Reads a question and about whom it is.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: the principal's id; SCOPE_UNKNOWN: a scope has no meaning here.</exception>
    public static (Principal Principal, Question Question) Read(PermissionQuestion question, string field = "question")
    {
        var principal = Principal.Of(KindOf(question.Principal.Type), question.Principal.Id) ?? Read(question.Principal, $"{field}.principal");
        RequireKnown(question.Scopes);
        return (principal, new Question(question.Resource, question.Action, question.Scopes)
        {
            Organization = ReadOrganization(question.OrganizationId),
            SecondFactor = question.SecondFactor,
            NarrowedTo = ReadPatterns(question.NarrowedTo, field),
        });
    }

    /// <summary>Refuses scopes that have no meaning here.</summary>
    /// <exception cref="Refusal">SCOPE_UNKNOWN.</exception>
    public static void RequireKnown(IReadOnlyList<string> scopes)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            if (!Scopes.Meaning.ContainsKey(scopes[i]))
            {
                throw Refusal.Because(ErrorReason.ScopeUnknown, "There is no such scope.", ("scope", scopes[i]));
            }
        }
    }

    /// <summary>Reads what a key is narrowed to.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: the contract counts characters, a pattern units of UTF-16.</exception>
    public static IReadOnlyList<Permission> ReadPatterns(IReadOnlyList<PermissionPattern> patterns, string? within = null)
    {
        var read = patterns.Count == 0 ? [] : new Permission[patterns.Count];
        for (var i = 0; i < read.Length; i++)
        {
            var (resource, action) = (patterns[i].ResourcePattern, patterns[i].ActionPattern);
            if (resource.Length > FnmatchPattern.MaxLength || action.Length > FnmatchPattern.MaxLength)
            {
                var field = resource.Length > FnmatchPattern.MaxLength ? "resource_pattern" : "action_pattern";
                throw Refusal.InvalidField($"{(within is null ? "" : $"{within}.")}narrowed_to[{i}].{field}", $"must have at most {FnmatchPattern.MaxLength} characters.");
            }

            read[i] = new(new FnmatchPattern(resource), new FnmatchPattern(action));
        }

        return read;
    }

    /// <summary>Reads an optional id of an organization, whose form the contract has checked; null where it is not given.</summary>
    public static Guid? ReadOrganization(string id) => id.Length == 0 ? null : Guid.Parse(id);

    /// <summary>Reads an optional revision; the oldest where it is not given.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static Revision ReadRevision(string text, string field = "at_least_revision") =>
        text.Length == 0 ? default
        : Revision.TryParse(text, provider: null, out var revision) ? revision
        : throw Refusal.InvalidField(field, "must be a revision that this service told");

    /// <summary>Reads an optional principal; null where it is not given.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static Principal? ReadOptional(Common.V1.Principal? principal, string field) => principal is null ? null : Read(principal, field);

    /// <summary>Reads an optional time from which on something is not there; null where it is not given.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: it is no time, or not in the future.</exception>
    public static DateTimeOffset? ReadExpiry(Timestamp? time, DateTimeOffset now, string field = "expires_at")
    {
        if (time is null)
        {
            return null;
        }

        // RFC 3339 years, as google/protobuf/timestamp.proto bounds them; Timestamp itself answers others with an exception.
        if (time.Nanos is < 0 or > 999_999_999 || time.Seconds < 0 || time.Seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds())
        {
            throw Refusal.InvalidField(field, "must be a time from 1970 to 9999.");
        }

        var end = time.ToDateTimeOffset().ToMicroseconds();
        return end > now ? end : throw Refusal.InvalidField(field, "must be in the future.");
    }

    /// <summary>Reads a permission.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static Permission Read(V1.Permission permission, string field)
    {
        var effect = permission.Effect == V1.Effect.Deny ? Effect.Deny : Effect.Allow;
        return effect == Effect.Deny && permission.RequiresSecondFactor
            ? throw Refusal.InvalidField($"{field}.requires_second_factor", "means nothing where it denies.")
            : new(PatternRules.Read(permission.ResourcePattern, $"{field}.resource_pattern"), PatternRules.Read(permission.ActionPattern, $"{field}.action_pattern"))
            {
                Effect = effect,
                SecondFactor = permission.RequiresSecondFactor,
            };
    }

    public static V1.Permission Write(Permission permission) => new()
    {
        ResourcePattern = permission.Resource.Text,
        ActionPattern = permission.Action.Text,
        Effect = permission.Effect == Effect.Allow ? V1.Effect.Allow : V1.Effect.Deny,
        RequiresSecondFactor = permission.SecondFactor,
    };

    public static Common.V1.Principal Write(Principal principal) => new() { Type = TypeOf(principal.Kind), Id = principal.Id };

    public static PrincipalType TypeOf(PrincipalKind kind) => kind switch
    {
        PrincipalKind.User => PrincipalType.User,
        PrincipalKind.ApiKey => PrincipalType.ApiKey,
        PrincipalKind.Service => PrincipalType.Service,
    };

    private static PrincipalKind KindOf(PrincipalType type) => type switch
    {
        PrincipalType.User => PrincipalKind.User,
        PrincipalType.ApiKey => PrincipalKind.ApiKey,
        PrincipalType.Service => PrincipalKind.Service,
        PrincipalType.Unspecified => throw Refusal.InvalidField("principal.type", "must be set"),
    };
}
