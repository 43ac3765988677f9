using System.Security.Cryptography;

namespace McpSecure.Client;

/// <summary>Says when a certificate is renewed and how loudly a failure is told. Both follow from the life of the certificate, whatever its length.</summary>
internal static class RenewalSchedule
{
    /// <summary>
    /// Returns when to renew: at two thirds of its life, up to a twentieth of it earlier. The moment is drawn once for each certificate, so that
    /// workloads that started together do not renew together.
    /// </summary>
    public static DateTimeOffset DueAt(WorkloadCertificate certificate)
    {
        var life = certificate.NotAfter - certificate.NotBefore;
        return certificate.NotBefore + (life * (2 / 3.0)) - (life * Draw(certificate) / 20);
    }

    /// <summary>Tells whether the end is so near that somebody has to be called: the last sixth, half of what is left when renewal begins.</summary>
    public static bool IsEndNear(WorkloadCertificate certificate, DateTimeOffset now) =>
        certificate.NotAfter - now < (certificate.NotAfter - certificate.NotBefore) / 6;

    // Of the certificate's own bytes: the same at each look, and another for each certificate.
    private static double Draw(WorkloadCertificate certificate) => SHA256.HashData(certificate.Leaf.RawData)[0] / 255.0;
}
