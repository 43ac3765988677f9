using System.Reflection;
using Google.Protobuf.Reflection;
using McpSecure.ServiceDefaults;

namespace McpSecure.Architecture.Tests;

public sealed class ServiceTests
{
    [Fact]
    public void Service_References_NoOtherService() => Faults.AssertNone(
        from service in Platform.Services
        from reference in service.GetReferencedAssemblies()
        where Platform.ServiceNames.Any(name => reference.Name == $"McpSecure.{name}")
        select $"{service.GetName().Name} references {reference.Name}");

    [Fact]
    public void ServiceDefaults_References_NoService() => Faults.AssertNone(
        Platform.ServiceDefaults.GetReferencedAssemblies().Where(reference => Platform.ServiceNames.Any(name => reference.Name == $"McpSecure.{name}")),
        reference => reference.Name!);

    [Fact]
    public void Service_Rpcs_AllStandInItsCallerPolicy() => Faults.AssertNone(
        Platform.Services.SelectMany(service => PolicyOf(service).Unlisted));

    /// <summary>A policy without one of the contract's services would not list its rpcs and not miss them.</summary>
    [Fact]
    public void Contract_Services_AreEachInAPolicy()
    {
        var served = Platform.Services.SelectMany(ServedServices).ToHashSet(StringComparer.Ordinal);

        Faults.AssertNone(
            Contract.Methods.Select(method => $"{method.File.Package}.{method.Service.Name}").Distinct(StringComparer.Ordinal).Except(served, StringComparer.Ordinal));
    }

    [Fact]
    public void Service_ProgramCs_IsATableOfContents() => Faults.AssertNone(
        Platform.ServiceNames.Where(name => File.ReadLines(Path.Combine(AppContext.BaseDirectory, "programs", name, "Program.cs")).Count() > 40));

    /// <summary>A data source has one account for good; the account of a service is replaced while it runs.</summary>
    [Fact]
    public void Service_Database_IsTheOneWhoseAccountIsReplaced() => Faults.AssertNone(
        from service in Platform.Services
        from type in service.GetTypes()
        from constructor in type.GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
        where constructor.GetParameters().Any(parameter => parameter.ParameterType.Name == "NpgsqlDataSource")
        select $"{type} takes an NpgsqlDataSource: take a ServiceDatabase",
        fault => fault);

    /// <summary>One handler answers all calls: what it kept of one, another would meet.</summary>
    [Fact]
    public void Handler_KeepsNothingThatChanges() => Faults.AssertNone(
        from handler in Platform.Services.SelectMany(service => service.GetTypes())
        where ContractOf(handler) is not null
        from field in handler.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
        where !field.IsInitOnly && !IsParameterOfConstructor(field)
        select $"{handler}.{field.Name}");

    private static bool IsParameterOfConstructor(FieldInfo field) => field.Name.StartsWith('<') && field.Name.EndsWith(">P", StringComparison.Ordinal);

    private static CallerPolicy PolicyOf(Assembly service) =>
        (CallerPolicy)service.GetType($"{service.GetName().Name}.Callers", throwOnError: true)!
            .GetField("Policy", BindingFlags.Public | BindingFlags.Static)!.GetValue(null)!;

    private static IEnumerable<string> ServedServices(Assembly service) => service.GetTypes().Select(ContractOf).OfType<ServiceDescriptor>().Select(contract => contract.FullName);

    // The generated base of each gRPC service names its contract in the class around it; null where a type is no handler.
    private static ServiceDescriptor? ContractOf(Type type) =>
        type is { IsClass: true, IsAbstract: false, BaseType.DeclaringType: { } contract } && contract.Namespace?.StartsWith("McpSecure.", StringComparison.Ordinal) == true
            ? contract.GetProperty("Descriptor", BindingFlags.Public | BindingFlags.Static)?.GetValue(null) as ServiceDescriptor
            : null;
}
