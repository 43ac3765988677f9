using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using States = McpSecure.Crypto.V1.AuthorityState;

namespace McpSecure.Client;

/// <summary>
/// Keeps this workload's files fresh: whom to trust and what was revoked at each look, certificate and key when they are due. A new key pair is made
/// here and its private half goes into the file and nowhere else. What goes wrong is tried again, and told the louder the nearer the end is.
/// </summary>
internal sealed class CertificateRenewal(
    IOptions<McpSecureClientOptions> options,
    ICertificateSource source,
    CertificateFiles files,
    TimeProvider clock,
    ILogger<CertificateRenewal> logger)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private readonly MtlsOptions mtls = options.Value.Mtls;
    private readonly WorkloadFilesWriter writer = new(options.Value.Mtls);
    private string? lastObstacle;

    /// <summary>Works until it is told to end.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            try
            {
                await LookAsync(cancellationToken);
                pause = FirstPause;
                await Task.Delay(Jittered(mtls.TrustRefreshInterval), clock, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // Whatever it is: nobody else renews this certificate.
                Tell(e);
                await Task.Delay(Jittered(pause), clock, cancellationToken);
                pause = pause * 2 < mtls.TrustRefreshInterval ? pause * 2 : mtls.TrustRefreshInterval;
            }
        }
    }

    /// <summary>Looks once and does what is due.</summary>
    public async Task LookAsync(CancellationToken cancellationToken)
    {
        if (writer.WhyNot() is { } flaw)
        {
            TellOnce(flaw);
            return;
        }

        writer.Tidy();
        var authorities = await source.GetTrustBundleAsync(cancellationToken);
        files.Refresh();
        using var bundle = new FetchedBundle(authorities);
        var current = files.Current;
        if (bundle.IssuerOf(current, clock.GetUtcNow()) is null)
        {
            TellOnce("an authority issued it that the platform does not trust, or no longer");
            return;
        }

        lastObstacle = null;

        // Trust first: nothing is shown before it is trusted.
        if (bundle.IsNewerThan(files.Current))
        {
            writer.WriteTrust(bundle.CertificatesPem, bundle.ListsPem);
            files.Refresh();
        }

        if (IsDue(current, bundle))
        {
            await RenewAsync(current, bundle, cancellationToken);
        }
    }

    // A leaf moves to the next authority as soon as that one issues, so that the one before can go.
    private bool IsDue(WorkloadCertificate current, FetchedBundle bundle)
    {
        var now = clock.GetUtcNow();
        return now >= RenewalSchedule.DueAt(current) || bundle.IssuerOf(current, now)!.State == States.Retired;
    }

    private async Task RenewAsync(WorkloadCertificate current, FetchedBundle bundle, CancellationToken cancellationToken)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("", key, HashAlgorithmName.SHA256).CreateSigningRequest();
        var issued = await source.IssueAsync(ByteString.CopyFrom(request), cancellationToken);
        using var leaf = X509CertificateLoader.LoadCertificate(issued.Certificate_.Span);

        // Nothing is written that we would not accept ourselves: the files are all that this process has.
        if (!leaf.PublicKey.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(key.ExportSubjectPublicKeyInfo()))
        {
            throw new CertificateFilesException("The certificate that was issued is not for the key that was sent.");
        }

        var verdict = PeerVerifier.Verify(leaf, [], bundle.Trust, current.Id.TrustDomain, PeerVerifier.ClientAuthentication, clock.GetUtcNow());
        if (verdict is not PeerVerdict.Accepted(var id) || id != current.Id)
        {
            throw new CertificateFilesException($"The certificate that was issued is not used: {(verdict as PeerVerdict.Refused)?.Why ?? "it names somebody else"}.");
        }

        writer.WritePair(leaf.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
        files.Refresh();
        Log.CertificateRenewed(logger, current.Id.ToString(), new DateTimeOffset(leaf.NotAfter));
    }

    // Something that stays as it is, is said once.
    private void TellOnce(string obstacle)
    {
        if (obstacle != lastObstacle)
        {
            Log.NotRenewing(logger, files.Current.Id.ToString(), obstacle, files.Current.NotAfter);
        }

        lastObstacle = obstacle;
    }

    private void Tell(Exception exception)
    {
        var current = files.Current;
        if (RenewalSchedule.IsEndNear(current, clock.GetUtcNow()))
        {
            Log.RenewalFailedNearTheEnd(logger, current.Id.ToString(), current.NotAfter, exception);
        }
        else if (exception is RpcException { StatusCode: StatusCode.Unavailable } away)
        {
            Log.CryptoIsAway(logger, current.Id.ToString(), current.NotAfter, away.Status.Detail); // as at every start before Crypto's: no stack
        }
        else
        {
            Log.RenewalFailed(logger, current.Id.ToString(), current.NotAfter, exception);
        }
    }

    private static TimeSpan Jittered(TimeSpan whole) => whole * (0.5 + (RandomNumberGenerator.GetInt32(0, 501) / 1000.0));
}
