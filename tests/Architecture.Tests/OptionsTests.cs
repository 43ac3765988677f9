using System.Reflection;
using System.Xml.Linq;

namespace McpSecure.Architecture.Tests;

public sealed class OptionsTests
{
    private static readonly IReadOnlyList<Type> Options = [.. Platform.OwnTypes.Where(type =>
        type is { IsClass: true, IsAbstract: false } && type.Name.EndsWith("Options", StringComparison.Ordinal))];

    [Fact]
    public void Option_Documentation_IsThere()
    {
        var documented = Directory.EnumerateFiles(AppContext.BaseDirectory, "McpSecure.*.xml")
            .SelectMany(file => XDocument.Load(file).Descendants("member"))
            .Where(member => member.Element("summary")?.Value.Trim().Length > 0)
            .Select(member => member.Attribute("name")!.Value)
            .ToHashSet(StringComparer.Ordinal);

        Assert.NotEmpty(Options);
        Faults.AssertNone(
            from type in Options
            from property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            let name = $"P:{type.FullName!.Replace('+', '.')}.{property.Name}"
            where !documented.Contains(name)
            select name);
    }
}
