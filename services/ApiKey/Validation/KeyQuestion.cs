using System.Runtime.InteropServices;
using Google.Protobuf.Collections;
using McpSecure.ApiKey.V1;

namespace McpSecure.ApiKey;

/// <summary>What is asked about a presented key.</summary>
/// <param name="Text">The key.</param>
/// <param name="RequiredScopes">The scopes that it must have.</param>
/// <param name="Address">Where the end client calls from; null: not known.</param>
/// <param name="Endpoint">The rule of the endpoint; null: none.</param>
/// <param name="Cost">What the call counts for.</param>
/// <param name="Organization">The organization that the key must belong to; null: any or none.</param>
/// <param name="Permission">What it must be allowed; null: nothing more.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyQuestion(
    string Text,
    RepeatedField<string> RequiredScopes,
    ClientAddress? Address = null,
    EndpointRule? Endpoint = null,
    int Cost = 1,
    Guid? Organization = null,
    RequiredPermission? Permission = null)
{
    public override string ToString() => nameof(KeyQuestion);
}
