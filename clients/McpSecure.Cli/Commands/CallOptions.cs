using System.CommandLine;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Commands;

/// <summary>Holds the options that tell about the call that a service asks for, and that limits count.</summary>
internal sealed class CallOptions(string whichOrganization)
{
    private readonly Option<string?> address = GivenOption.Create("--address", "IP", "The address of the end client.");
    private readonly Option<string?> endpoint = GivenOption.Create("--endpoint", "NAME", "The rule of the endpoint that is called.");
    private readonly Option<string?> organization = GivenOption.Create("--organization", "ID", whichOrganization);
    private readonly Option<int?> cost = Numbers.Optional("--cost", "N", "What the call counts for, 1 to 10000. Default: as the endpoint's rule says, else 1.", least: 1, most: 10_000);

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { address, endpoint, organization, cost })
        {
            command.Add(option);
        }
    }

    public string Address(Invocation invocation) => invocation.Arguments.GetValue(address) ?? "";

    public string Endpoint(Invocation invocation) => invocation.Arguments.GetValue(endpoint) ?? "";

    public string Organization(Invocation invocation) => invocation.Arguments.GetValue(organization) ?? "";

    public int Cost(Invocation invocation) => invocation.Arguments.GetValue(cost) ?? 0;
}
