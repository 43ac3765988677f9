using System.ComponentModel.DataAnnotations;

namespace McpSecure.ServiceDefaults;

/// <summary>Says where the service listens. Section <c>Listen</c>.</summary>
internal sealed class ListenOptions
{
    /// <summary>Gets or sets <c>localhost</c>, <c>*</c> for every address of the machine, or one IP address. Default <c>*</c>.</summary>
    [Required]
    public string Address { get; set; } = "*";

    /// <summary>Gets or sets the port for gRPC over mutual TLS. Default 8443; 0 takes a free one.</summary>
    [Range(0, 65535)]
    public int GrpcPort { get; set; } = 8443;

    /// <summary>Gets or sets the plain-HTTP port for <c>/health</c> and <c>/alive</c>. Default 8081; 0 takes a free one.</summary>
    [Range(0, 65535)]
    public int HealthPort { get; set; } = 8081;
}
