using System.CommandLine;
using System.Runtime.CompilerServices;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Asks the questions of JSON Lines, any number of them, and answers each in its line. Each is a call of its own: the contract lets a person ask
/// many at once only through an application.
/// </summary>
internal static class CheckBatch
{
    /// <summary>How many questions are under way at a time.</summary>
    private const int AtATime = 32;

    /// <summary>Makes the option <c>--batch</c>.</summary>
    public static Option<bool> Option() => new("--batch")
    {
        Description = "Read and write JSON Lines: {\"id\": 7, \"principal\": \"ann\", \"resource\": \"servers/weather\", \"action\": \"read\"}, and where it differs from the "
            + "options \"organization\", \"secondFactor\", \"scopes\", \"narrowedTo\". Exit code 1: something is denied.",
    };

    /// <summary>Runs the batch; what a line does not say is as <paramref name="otherwise"/> has it.</summary>
    public static async Task<ExitCode> RunAsync(
        Invocation invocation, Services services, DataInput input, PermissionQuestion otherwise, string atLeastRevision, CancellationToken cancellationToken)
    {
        var (denied, found) = (false, new Found(services));
        await using var stream = input.Open(invocation);
        await foreach (var lines in ReadAsync(stream, cancellationToken))
        {
            var questions = new List<PermissionQuestion>();
            foreach (var line in lines)
            {
                questions.Add(await AskAsync(line, otherwise, found, cancellationToken));
            }

            var answers = await Task.WhenAll(questions.Select(question => services.Decisions.CheckPermissionAsync(
                new CheckPermissionRequest { Question = question, AtLeastRevision = atLeastRevision }, cancellationToken: cancellationToken).ResponseAsync));
            foreach (var (line, answer) in lines.Zip(answers))
            {
                denied |= !answer.Allowed;
                invocation.Answer.WriteLine(line with { Allowed = answer.Allowed, Reason = answer.Reason }, one => OutputJson.Write(one, OutputJson.Line));
            }
        }

        return denied ? ExitCode.Denied : ExitCode.Ok;
    }

    private static async Task<PermissionQuestion> AskAsync(CheckLine line, PermissionQuestion otherwise, Found found, CancellationToken cancellationToken)
    {
        var question = otherwise.Clone();
        (question.Resource, question.Action) = (line.Resource!, line.Action!);
        question.Principal = line.Principal is { } principal ? await found.PrincipalAsync(principal, cancellationToken) : question.Principal;
        question.OrganizationId = line.Organization switch
        {
            null => question.OrganizationId,
            "" => "",
            var organization => await found.OrganizationAsync(organization, cancellationToken),
        };
        question.SecondFactor = line.SecondFactor ?? question.SecondFactor;
        if (line.Scopes is { } scopes)
        {
            question.Scopes.Clear();
            question.Scopes.Add(scopes);
        }

        if (line.NarrowedTo is { } narrowedTo)
        {
            question.NarrowedTo.Clear();
            question.NarrowedTo.Add(narrowedTo.Select(ResourceAction.TryRead).Select(pattern => new PermissionPattern
            {
                ResourcePattern = pattern!.Resource,
                ActionPattern = pattern.Action,
            }));
        }

        return question;
    }

    private static async IAsyncEnumerable<IReadOnlyList<CheckLine>> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (lines, number) = (new List<CheckLine>(), 0L);
        await foreach (var line in InputLines.ReadAsync(stream, cancellationToken))
        {
            number++;
            lines.Add(CheckLine.TryRead(line) ?? throw CommandFailure.InvalidInput(
                $"Line {number} is no question.",
                "A question is one JSON object, for example {\"principal\": \"ann\", \"resource\": \"servers/weather\", \"action\": \"read\"}."));
            if (lines.Count == AtATime)
            {
                yield return lines;
                lines = [];
            }
        }

        if (lines.Count > 0)
        {
            yield return lines;
        }
    }

    /// <summary>Finds each name once.</summary>
    private sealed class Found(Services services)
    {
        private readonly Dictionary<string, Principal> principals = new(StringComparer.Ordinal);
        private readonly Dictionary<string, string> organizations = new(StringComparer.Ordinal);

        public async Task<Principal> PrincipalAsync(string typed, CancellationToken cancellationToken) =>
            principals.TryGetValue(typed, out var known) ? known : principals[typed] = await Principals.FindAsync(services, typed, cancellationToken);

        public async Task<string> OrganizationAsync(string typed, CancellationToken cancellationToken) =>
            organizations.TryGetValue(typed, out var known) ? known : organizations[typed] = await Organizations.FindAsync(services, typed, cancellationToken);
    }
}
