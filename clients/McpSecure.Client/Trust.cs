using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Client;

/// <summary>Says whose certificates count, and which of them count no more.</summary>
/// <param name="Roots">The roots that peers must chain to.</param>
/// <param name="Revoked">What the roots revoked.</param>
internal sealed record Trust(X509Certificate2Collection Roots, RevocationLists Revoked);
