using System.CommandLine;
using Grpc.Core;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Takes JSON Lines of any number through an rpc, as many at a time as it takes, and writes a line for each.</summary>
internal static class BatchRun
{
    /// <summary>The bytes of lines after which a request is sent: a batch may hold 4 MiB of plaintext, and a line may be as long.</summary>
    private const int SizeOfBatchInBytes = 1024 * 1024;

    private const string Form =
        "An item is one JSON object, for example {\"id\": 7, \"value\": \"text\"}; with \"base64\" instead of \"value\" for what is no text.";

    /// <summary>Makes the option <c>--batch</c>.</summary>
    public static Option<bool> Option() => new("--batch")
    {
        Description = "Read and write JSON Lines: {\"id\": 7, \"value\": \"text\", \"context\": \"row 7\"}. "
            + "\"base64\" instead of \"value\" holds a plaintext that is no text. Exit code 1: lines were refused.",
    };

    /// <summary>Runs the batch; items that were refused make exit code 1.</summary>
    public static async Task<ExitCode> RunAsync(
        Invocation invocation, DataInput input, Func<IReadOnlyList<BatchLine>, Task<IEnumerable<BatchLine>>> call, CancellationToken cancellationToken)
    {
        var (refused, sent) = (false, 0L);
        await using var stream = input.Open(invocation);
        await foreach (var batch in JsonLines.ReadAsync(stream, SizeOfBatchInBytes, line => BatchLine.TryRead(line), Form, cancellationToken))
        {
            foreach (var line in await CallAsync(call, batch, sent))
            {
                refused |= line.Refused is not null;
                invocation.Answer.WriteLine(line, one => OutputJson.Write(one, OutputJson.Line));
            }

            sent += batch.Count;
        }

        return refused ? ExitCode.Denied : ExitCode.Ok;
    }

    private static async Task<IEnumerable<BatchLine>> CallAsync(
        Func<IReadOnlyList<BatchLine>, Task<IEnumerable<BatchLine>>> call, IReadOnlyList<BatchLine> batch, long before)
    {
        try
        {
            return await call(batch);
        }
        catch (RpcException e)
        {
            throw new BatchRefusal(e, before);
        }
    }
}
