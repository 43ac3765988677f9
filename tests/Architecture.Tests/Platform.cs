using System.Reflection;

namespace McpSecure.Architecture.Tests;

/// <summary>Lists our assemblies, as this project's references bring them.</summary>
internal static class Platform
{
    public static readonly IReadOnlyList<string> ServiceNames = ["ApiKey", "Audit", "Auth", "Authorization", "Crypto"];

    public static IReadOnlyList<Assembly> Services { get; } = [.. ServiceNames.Select(name => Assembly.Load($"McpSecure.{name}"))];

    public static Assembly ServiceDefaults { get; } = Assembly.Load("McpSecure.ServiceDefaults");

    public static Assembly Client { get; } = Assembly.Load("McpSecure.Client");

    /// <summary>Lists every type that we wrote for services and clients, those of the compiler left out.</summary>
    public static IEnumerable<Type> OwnTypes => Services.Append(ServiceDefaults).Append(Client)
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.Namespace?.StartsWith("McpSecure", StringComparison.Ordinal) == true
            && !type.IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute)));
}
