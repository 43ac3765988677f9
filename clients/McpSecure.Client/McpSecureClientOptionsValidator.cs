using Microsoft.Extensions.Options;

namespace McpSecure.Client;

/// <summary>Checks every setting and reports all that is wrong at once.</summary>
internal sealed class McpSecureClientOptionsValidator : IValidateOptions<McpSecureClientOptions>
{
    public ValidateOptionsResult Validate(string? name, McpSecureClientOptions options)
    {
        var errors = new List<string>(options.Mtls.Errors("Mtls"));

        foreach (var (peer, address) in options.Addresses)
        {
            if (!SpiffeId.IsWorkloadName(peer))
            {
                errors.Add($"Peers:{peer}: '{peer}' is no workload name.");
            }

            if (!address.IsAbsoluteUri || address.Scheme != Uri.UriSchemeHttps || address.PathAndQuery != "/")
            {
                errors.Add($"Peers:{peer} is '{address}': it must be https://host:port.");
            }
        }

        if (options.Mtls.Renewal && !options.CertifiesItself && !options.Addresses.ContainsKey(Peers.Crypto))
        {
            errors.Add($"Peers:{Peers.Crypto} is not set: Mtls:{nameof(options.Mtls.Renewal)} asks there for certificates.");
        }

        Within(nameof(options.Deadline), options.Deadline, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(10));
        Within(nameof(options.StreamDeadline), options.StreamDeadline, TimeSpan.FromSeconds(1), TimeSpan.FromHours(24));
        Within(nameof(options.ConnectTimeout), options.ConnectTimeout, TimeSpan.FromMilliseconds(100), TimeSpan.FromMinutes(1));
        Within(nameof(options.ConnectionLifetime), options.ConnectionLifetime, TimeSpan.FromSeconds(1), TimeSpan.FromHours(1));
        Within(nameof(options.MaxAttempts), options.MaxAttempts, 1, 5);
        Within(nameof(options.MaxReceiveSizeInBytes), options.MaxReceiveSizeInBytes, 1024, 64 * 1024 * 1024);

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);

        void Within<T>(string setting, T value, T least, T most)
            where T : IComparable<T>
        {
            if (value.CompareTo(least) < 0 || value.CompareTo(most) > 0)
            {
                errors.Add($"{setting} is {value}: it must lie between {least} and {most}.");
            }
        }
    }
}
