using System.CommandLine;
using System.Runtime.CompilerServices;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Asks the questions of JSON Lines, any number of them, as many at a time as the rpc takes, and answers each in its line.</summary>
internal static class CheckBatch
{
    /// <summary>The most questions that a request may have.</summary>
    private const int LargestBatch = 1000;

    /// <summary>The bytes of questions after which a request is sent; one may be 1 MiB, and a question with all that narrows it 55 KiB.</summary>
    private const int SizeOfBatchInBytes = 512 * 1024;

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
        var (denied, sent, found) = (false, 0L, new Found(services));
        await using var stream = input.Open(invocation);
        await foreach (var batch in ReadAsync(stream, line => AskAsync(line, otherwise, found, cancellationToken), cancellationToken))
        {
            var request = new CheckPermissionsRequest { Questions = { batch.Select(one => one.Question) }, AtLeastRevision = atLeastRevision };
            foreach (var (line, answer) in batch.Select(one => one.Line).Zip(await CallAsync(services, request, sent, cancellationToken)))
            {
                denied |= !answer.Allowed;
                invocation.Answer.WriteLine(line with { Allowed = answer.Allowed, Reason = answer.Reason }, one => OutputJson.Write(one, OutputJson.Line));
            }

            sent += batch.Count;
        }

        return denied ? ExitCode.Denied : ExitCode.Ok;
    }

    private static async Task<IReadOnlyList<PermissionAnswer>> CallAsync(
        Services services, CheckPermissionsRequest request, long before, CancellationToken cancellationToken)
    {
        try
        {
            var response = await services.Decisions.CheckPermissionsAsync(request, cancellationToken: cancellationToken);
            return response.Answers.Count == request.Questions.Count
                ? response.Answers
                : throw new InvalidDataException($"{request.Questions.Count} questions were asked and {response.Answers.Count} answered.");
        }
        catch (RpcException e)
        {
            throw new BatchRefusal(e, before);
        }
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

    private static async IAsyncEnumerable<IReadOnlyList<(CheckLine Line, PermissionQuestion Question)>> ReadAsync(
        Stream stream, Func<CheckLine, Task<PermissionQuestion>> ask, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (batch, number, size) = (new List<(CheckLine, PermissionQuestion)>(), 0L, 0L);
        await foreach (var line in InputLines.ReadAsync(stream, cancellationToken))
        {
            number++;
            var read = CheckLine.TryRead(line) ?? throw CommandFailure.InvalidInput(
                $"Line {number} is no question.",
                "A question is one JSON object, for example {\"principal\": \"ann\", \"resource\": \"servers/weather\", \"action\": \"read\"}.");
            var question = await ask(read);
            batch.Add((read, question));
            size += question.CalculateSize();
            if (batch.Count == LargestBatch || size >= SizeOfBatchInBytes)
            {
                yield return batch;
                (batch, size) = ([], 0);
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
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
