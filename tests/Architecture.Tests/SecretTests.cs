using System.Reflection;

namespace McpSecure.Architecture.Tests;

public sealed class SecretTests
{
    private static readonly string[] Endings = ["Secret", "Password", "Material", "Pepper", "SecretText", "SecretBytes"];

    [Fact]
    public void SecretType_ToString_IsItsOwn()
    {
        var secrets = Platform.OwnTypes
            .Where(type => Endings.Any(ending => type.Name.EndsWith(ending, StringComparison.Ordinal)) && type is { IsEnum: false, IsInterface: false })
            .Where(type => !(type.IsAbstract && type.IsSealed))
            .ToList();

        Assert.NotEmpty(secrets);
        Faults.AssertNone(
            secrets.Where(type => type.GetMethod(nameof(ToString), BindingFlags.Public | BindingFlags.Instance, [])!.DeclaringType is { } declaring
                && (declaring == typeof(object) || declaring == typeof(ValueType) || IsSynthesized(type))),
            type => type.FullName!);
    }

    /// <summary>A record prints its members unless it says otherwise.</summary>
    private static bool IsSynthesized(Type type) => type
        .GetMethod(nameof(ToString), BindingFlags.Public | BindingFlags.Instance, [])!
        .IsDefined(typeof(System.Runtime.CompilerServices.CompilerGeneratedAttribute));
}
