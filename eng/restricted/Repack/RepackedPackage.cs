namespace McpSecure.Restricted.Repack;

/// <summary>Names a package to make from the bundle, with what its nuspec says and the bundle's deps.json leaves out.</summary>
/// <param name="Id">The package id; version, assembly and dependencies among the bundle's own libraries come from deps.json.</param>
/// <param name="License">The SPDX expression its owner publishes it under.</param>
/// <param name="NeedsAspNetCore">Whether it references the shared framework Microsoft.AspNetCore.App.</param>
/// <param name="Pruned">
/// Dependencies that deps.json lacks because the dashboard gets them from the shared framework or at build time,
/// with the lowest version that the package's own nuspec asks for. <c>Grpc.Tools</c> passes its build targets on.
/// </param>
internal sealed record RepackedPackage(string Id, string License, bool NeedsAspNetCore, params (string Id, string Version)[] Pruned)
{
    private const string Apache = "Apache-2.0";
    private const string Bsd = "BSD-3-Clause";
    private const string Mit = "MIT";

    private static readonly (string, string) Logging = ("Microsoft.Extensions.Logging.Abstractions", "8.0.1");

    /// <summary>Gets every package that the restricted feed holds.</summary>
    public static IReadOnlyList<RepackedPackage> All { get; } =
    [
        new("Google.Protobuf", Bsd, false),
        new("Grpc.Core.Api", Apache, false),
        new("Grpc.Net.Common", Apache, false),
        new("Grpc.Net.Client", Apache, false, Logging),
        new("Grpc.Net.ClientFactory", Apache, false, ("Microsoft.Extensions.Http", "8.0.1")),
        new("Grpc.AspNetCore.Server", Apache, true),
        new("Grpc.AspNetCore.Server.ClientFactory", Apache, true),
        new("Grpc.AspNetCore", Apache, false, ("Grpc.Tools", "2.80.0")),
        new("OpenTelemetry.Extensions.Hosting", Apache, false, ("Microsoft.Extensions.Hosting.Abstractions", "10.0.0")),
        new("System.IO.Hashing", Mit, false),
        new("Microsoft.Bcl.Cryptography", Mit, false),
        new("Microsoft.IdentityModel.Abstractions", Mit, false),
        new("Microsoft.IdentityModel.Logging", Mit, false),
        new("Microsoft.IdentityModel.Tokens", Mit, false, Logging),
        new("Microsoft.IdentityModel.JsonWebTokens", Mit, false),
        new("Microsoft.IdentityModel.Protocols", Mit, false),
        new("Microsoft.IdentityModel.Protocols.OpenIdConnect", Mit, false),
        new("System.IdentityModel.Tokens.Jwt", Mit, false),
    ];
}
