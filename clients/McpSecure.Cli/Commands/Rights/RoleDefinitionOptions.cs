using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Commands;

/// <summary>Lets a command take what a role is: rule by rule as options, or as a whole from a JSON file.</summary>
internal sealed class RoleDefinitionOptions
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private readonly Option<string?> file = FileOption.Create("--in", "Read the whole role from FILE, in the form that `roles get --json` writes; - for standard input.");
    private readonly Option<Permission[]> allow = Rules.Option(
        "--allow", Effect.Allow, "What it allows, patterns as in servers/*:read; with +mfa at its end, only with a recent second factor. Once for each.");

    private readonly Option<Permission[]> deny = Rules.Option("--deny", Effect.Deny, "What it denies, whatever else allows it. Once for each.");
    private readonly Option<string[]> include = new("--include") { HelpName = "ROLE", Description = "A role, built in or of the same organization, whose rules are its own too. Once for each." };
    private readonly Option<string?> description = new("--description") { HelpName = "TEXT", Description = "What it is for, in a sentence." };

    public void AddTo(Command command)
    {
        var single = new Option[] { allow, deny, include, description };
        command.Add(file);
        foreach (var option in single)
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            var named = single.Where(option => result.GetResult(option) is not null).ToList();
            if (result.GetResult(file) is null && named.Count == 0)
            {
                result.AddError("Say what the role is: --in, or --allow, --deny, --include, --description.");
            }
            else if (result.GetResult(file) is not null && named.Count > 0)
            {
                result.AddError($"{file.Name} and {named[0].Name} exclude each other.");
            }
        });
    }

    /// <summary>Tells whether a file says what the role is as a whole.</summary>
    public bool IsWhole(Invocation invocation) => invocation.Arguments.GetValue(file) is not null;

    /// <summary>Reads the file, with the revision that stands in it; that is empty where none does.</summary>
    /// <exception cref="CommandFailure">It holds no role.</exception>
    public async Task<(RoleDefinition Definition, string Revision)> ReadFileAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        var path = invocation.Arguments.GetValue(file)!;
        var bytes = path == "-" ? await invocation.Input.ReadAllAsync(cancellationToken) : await InputFiles.ReadAllAsync(path, cancellationToken);
        var role = TryRead(bytes, out var why);
        why ??= role switch
        {
            // What it does not say it takes away: a file that says nothing is misspelt.
            null or { Permissions: null, Includes: null } => "it says neither \"permissions\" nor \"includes\"",
            { Permissions: { } rules } when rules.Any(rule => rule?.Resource is null || rule.Action is null) => "a permission lacks \"resource\" or \"action\"",
            { Includes: { } includes } when includes.Any(name => name is null) => "a name among \"includes\" is null",
            _ => null,
        };
        if (role is null || why is not null)
        {
            throw CommandFailure.InvalidInput(
                $"{path} holds no role: {why}.",
                """A role is {"description": "…", "permissions": [{"resource": "servers/*", "action": "read"}], "includes": ["viewer"]}; a permission may say "effect": "deny" or "requiresSecondFactor": true.""");
        }

        return (Definition(role), role.Revision ?? "");
    }

    /// <summary>Answers what the options say; what they do not name is as it was.</summary>
    public RoleDefinition Read(Invocation invocation, Role? before)
    {
        var definition = new RoleDefinition { Description = invocation.Arguments.GetValue(description) ?? before?.Description ?? "" };
        // Each for itself: to change what is allowed must not cost a denial.
        definition.Permissions.Add(invocation.Arguments.GetResult(allow) is null
            ? (before?.Permissions ?? []).Where(rule => rule.Effect != Effect.Deny)
            : invocation.Arguments.GetValue(allow));
        definition.Permissions.Add(invocation.Arguments.GetResult(deny) is null
            ? (before?.Permissions ?? []).Where(rule => rule.Effect == Effect.Deny)
            : invocation.Arguments.GetValue(deny));
        definition.Includes.Add(invocation.Arguments.GetResult(include) is null ? before?.Includes ?? [] : invocation.Arguments.GetValue(include));
        return definition;
    }

    private static RoleDefinition Definition(RoleView role) => new()
    {
        Description = role.Description ?? "",
        Permissions =
        {
            (role.Permissions ?? []).Select(rule => new Permission
            {
                ResourcePattern = rule.Resource,
                ActionPattern = rule.Action,
                Effect = rule.Effect,
                RequiresSecondFactor = rule.RequiresSecondFactor,
            }),
        },
        Includes = { role.Includes ?? [] },
    };

    private static RoleView? TryRead(byte[] json, out string? why)
    {
        try
        {
            why = null;
            return JsonSerializer.Deserialize<RoleView>(json, Strict);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            why = e.Message.TrimEnd('.'); // InvalidOperationException: an escape that is half a character
            return null;
        }
    }
}
