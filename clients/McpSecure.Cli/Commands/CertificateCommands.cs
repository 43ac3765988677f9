using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure certificates</c>: the certificates of workloads and the authorities that issue them.</summary>
internal static class CertificateCommands
{
    public static Command Create(CommandRunner runner) => new("certificates", "Certify workloads, revoke, and manage the authorities that issue.")
    {
        List(runner), Issue(runner), Revoke(runner), Authorities(runner), Rotate(runner), Remove(runner),
    };

    private static Command List(CommandRunner runner)
    {
        var limit = Pages.Limit(otherwise: 100);
        var workload = WorkloadOption("Only those of this workload.");
        return runner.On(new Command("list", "List the certificates that were issued, newest first.") { workload, limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var certificates = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Certificates.ListCertificatesAsync(
                    new ListCertificatesRequest { PageSize = size, PageToken = token, Workload = invocation.Arguments.GetValue(workload) ?? "" },
                    cancellationToken: cancellationToken);
                return (page.Certificates, page.NextPageToken);
            });

            invocation.Answer.Write(new CertificateList([.. certificates.Select(CertificateView.Of)]), list => Table.Rows(
                "No certificates.",
                ["Workload", "Serial", "Issued", "Ends", "Revoked"],
                list.Certificates.Select(one => new[] { one.Workload, one.Serial, Text.Time(one.IssuedAt), Text.Time(one.ExpiresAt), Text.Time(one.RevokedAt) })));
        });
    }

    private static Command Issue(CommandRunner runner)
    {
        var workload = new Argument<string>("workload") { Description = "The workload's name, for example weather. The platform's own services renew by themselves." };
        var input = new DataInput("the certification request (PKCS #10, PEM or DER)");
        return runner.On(new Command("issue", "Certify the key of a new workload; writes the certificate as PEM.") { workload, input.Option }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = await input.ReadAsync(invocation, cancellationToken);
            var response = await services.Certificates.IssueWorkloadCertificateAsync(
                new IssueWorkloadCertificateRequest
                {
                    Workload = invocation.Arguments.GetRequiredValue(workload),
                    CertificateRequest = ByteString.CopyFrom(Der(request)),
                },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(CertificateView.Of(response.Certificate), one => one.Pem);
        });
    }

    private static Command Revoke(CommandRunner runner)
    {
        var serial = new Argument<string?>("serial") { Description = "The serial number, as in the list.", Arity = ArgumentArity.ZeroOrOne };
        var workload = WorkloadOption("Revoke every certificate of this workload instead.");
        var lost = new Option<bool>("--key-lost") { Description = "Say that somebody else has, or may have, the key." };
        return runner.On(new Command("revoke", "Revoke a certificate, or all of a workload.") { serial, workload, lost }, async (invocation, cancellationToken) =>
        {
            var (one, all) = (invocation.Arguments.GetValue(serial), invocation.Arguments.GetValue(workload));
            if ((one is null) == (all is null))
            {
                throw CommandFailure.InvalidInput("Name a serial number or a workload, and not both.");
            }

            var request = new RevokeCertificateRequest
            {
                Reason = invocation.Arguments.GetValue(lost) ? RevocationReason.KeyCompromise : RevocationReason.Unspecified,
            };
            if (one is not null)
            {
                request.Serial = one;
            }
            else
            {
                request.Workload = all;
            }

            var response = await invocation.ConnectAsUser().Certificates.RevokeCertificateAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(
                new Revoked([.. response.Serials]), done => done.Serials.Count == 0 ? "All of it was revoked before." : $"Revoked: {Text.List(done.Serials)}");
        });
    }

    private static Command Authorities(CommandRunner runner) =>
        runner.On(new Command("authorities", "List the authorities that everybody trusts, oldest first."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsWorkload().Certificates.GetTrustBundleAsync(new GetTrustBundleRequest(), cancellationToken: cancellationToken);
            invocation.Answer.Write(new AuthorityList([.. response.Authorities.Select(AuthorityView.Of)]), list => Table.Rows(
                "No authorities.",
                ["Id", "State", "Imported", "Issues from", "Ends"],
                list.Authorities.Select(one => new[]
                {
                    one.AuthorityId, AuthorityView.StateName(one.State), Text.YesNo(one.Imported), Text.Time(one.IssuesFrom), Text.Time(one.ExpiresAt),
                })));
        });

    private static Command Rotate(CommandRunner runner) =>
        runner.On(new Command("rotate", "Make the next authority: published now, it issues once everybody has heard of it."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Certificates.RotateAuthorityAsync(new RotateAuthorityRequest(), cancellationToken: cancellationToken);
            invocation.Answer.Write(AuthorityView.Of(response.Authority), AuthorityView.ForPeople);
        });

    private static Command Remove(CommandRunner runner)
    {
        var id = new Argument<string>("authority") { Description = "The authority's id." };
        var despite = new Option<bool>("--despite-live-certificates") { Description = "Remove it although certificates of it are in use; their holders are locked out." };
        return runner.On(new Command("remove", "Trust a retired authority no more, at once.") { id, despite }, async (invocation, cancellationToken) =>
        {
            var request = new RemoveAuthorityRequest { AuthorityId = invocation.Arguments.GetRequiredValue(id), DespiteLiveCertificates = invocation.Arguments.GetValue(despite) };
            await invocation.ConnectAsUser().Certificates.RemoveAuthorityAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Removed(request.AuthorityId), done => $"Nobody trusts {done.AuthorityId} any more, once they have the next bundle.");
        });
    }

    private static Option<string?> WorkloadOption(string description) => new("--workload") { HelpName = "NAME", Description = description };

    // RFC 7468 §7. What is no PEM is taken for DER, and judged by the service.
    private static byte[] Der(byte[] request)
    {
        var text = Encoding.Latin1.GetString(request);
        return PemEncoding.TryFind(text, out var fields) ? Convert.FromBase64String(text[fields.Base64Data]) : request;
    }

    private sealed record CertificateList(IReadOnlyList<CertificateView> Certificates);

    private sealed record AuthorityList(IReadOnlyList<AuthorityView> Authorities);

    private sealed record Revoked(IReadOnlyList<string> Serials);

    private sealed record Removed(string AuthorityId);
}
