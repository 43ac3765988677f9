using System.ComponentModel.DataAnnotations;
using McpSecure.Client;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds what the operator adds to the callers that the code lists. Section <c>CallerPolicy</c>.</summary>
internal sealed class CallerPolicyOptions : IValidatableObject
{
    /// <summary>Gets the names of the calling services that the user registered. Default none; workload names.</summary>
    public IList<string> Applications { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        Applications.Where(name => !SpiffeId.IsWorkloadName(name))
            .Select(name => new ValidationResult($"'{name}' is no workload name.", [nameof(Applications)]));
}
