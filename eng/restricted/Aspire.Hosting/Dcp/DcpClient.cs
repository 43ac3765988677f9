using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Aspire.Hosting.Dcp;

/// <summary>Speaks to one DCP: creates services and executables, watches them, reads what they print, stops them all.</summary>
internal sealed class DcpClient : IDisposable
{
    public const string ApiVersion = "usvc-dev.developer.microsoft.com/v1";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private readonly HttpClient http;

    public DcpClient(Kubeconfig kubeconfig)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions
            {
                CertificateChainPolicy = new()
                {
                    TrustMode = X509ChainTrustMode.CustomRootTrust,
                    CustomTrustStore = { kubeconfig.Authority },
                    RevocationMode = X509RevocationMode.NoCheck, // made by DCP for this run
                },
            },
        };
        http = new(handler) { BaseAddress = kubeconfig.Server, Timeout = Timeout.InfiniteTimeSpan };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", kubeconfig.Token);
    }

    /// <summary>Returns the port that DCP listens on for the service, once it does.</summary>
    public async Task<int> CreateServiceAsync(string name, int? port, CancellationToken cancellationToken)
    {
        var service = new DcpObject<DcpServiceSpec, DcpServiceStatus>(new(name), new(port), Status: null) { Kind = "Service" };
        await PostAsync("services", service, cancellationToken);

        await foreach (var change in WatchAsync<DcpObject<DcpServiceSpec, DcpServiceStatus>>("services", cancellationToken))
        {
            if (string.Equals(change.Metadata.Name, name, StringComparison.Ordinal) && change.Status?.EffectivePort is > 0 and var effective)
                return effective;
        }

        throw new DistributedApplicationException("DCP ended.");
    }

    public Task CreateExecutableAsync(
        string name, DcpExecutableSpec spec, IEnumerable<string> producedServices, CancellationToken cancellationToken)
    {
        var annotations = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["service-producer"] = JsonSerializer.Serialize(producedServices.Select(service => new { serviceName = service })),
        };
        return PostAsync(
            "executables",
            new DcpObject<DcpExecutableSpec, DcpExecutableStatus>(new(name, annotations), spec, Status: null) { Kind = "Executable" },
            cancellationToken);
    }

    /// <summary>Tells how each executable is, then each change; ends when DCP does.</summary>
    public IAsyncEnumerable<DcpObject<DcpExecutableSpec, DcpExecutableStatus>> WatchExecutablesAsync(CancellationToken cancellationToken) =>
        WatchAsync<DcpObject<DcpExecutableSpec, DcpExecutableStatus>>("executables", cancellationToken);

    /// <summary>Opens what an executable printed so far, and with <paramref name="follow"/> what it will print.</summary>
    public Task<Stream> OpenLogAsync(string executable, string source, bool follow, CancellationToken cancellationToken) =>
        http.GetStreamAsync(new Uri($"apis/{ApiVersion}/executables/{executable}/log?source={source}&follow={(follow ? "true" : "false")}", UriKind.Relative), cancellationToken);

    /// <summary>Has DCP stop all that it runs, then itself, and returns when it no longer answers.</summary>
    public async Task StopAllAsync(TimeProvider time, CancellationToken cancellationToken)
    {
        var execution = new Uri("admin/execution", UriKind.Relative);
        using var content = JsonContent.Create(new { status = "Stopping", shutdownResourceCleanup = "Full" }, new("application/merge-patch+json"), Json);
        try
        {
            using var response = await http.PatchAsync(execution, content, cancellationToken);
            await EnsureSuccessAsync(response, cancellationToken);

            while (true)
            {
                using var answer = await http.GetAsync(execution, cancellationToken);
                await Task.Delay(TimeSpan.FromMilliseconds(50), time, cancellationToken);
            }
        }
        catch (HttpRequestException)
        {
            // It is gone.
        }
    }

    public void Dispose() => http.Dispose();

    private async Task PostAsync<T>(string collection, T item, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(new Uri($"apis/{ApiVersion}/{collection}", UriKind.Relative), item, Json, cancellationToken);
        await EnsureSuccessAsync(response, cancellationToken);
    }

    private static async Task EnsureSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
            throw new DistributedApplicationException($"DCP refused: {await response.Content.ReadAsStringAsync(cancellationToken)}");
    }

    private async IAsyncEnumerable<T> WatchAsync<T>(string collection, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stream = await http.GetStreamAsync(new Uri($"apis/{ApiVersion}/{collection}?watch=true", UriKind.Relative), cancellationToken);
        using var lines = new StreamReader(stream);
        while (await ReadLineAsync(lines, cancellationToken) is { } line)
        {
            if (JsonSerializer.Deserialize<DcpChange<T>>(line, Json) is { Object: { } changed })
                yield return changed;
        }
    }

    private static async Task<string?> ReadLineAsync(StreamReader lines, CancellationToken cancellationToken)
    {
        try
        {
            return await lines.ReadLineAsync(cancellationToken);
        }
        catch (IOException)
        {
            return null; // DCP ended in the middle of a line
        }
    }
}
