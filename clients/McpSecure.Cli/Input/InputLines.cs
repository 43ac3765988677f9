using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace McpSecure.Cli.Input;

/// <summary>Reads lines of any number, one at a time.</summary>
internal static class InputLines
{
    /// <summary>Reads the lines without their ends.</summary>
    /// <exception cref="CommandFailure">One is longer than any service takes.</exception>
    public static async IAsyncEnumerable<byte[]> ReadAsync(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                yield return rest.Slice(0, end).ToArray();
                rest = rest.Slice(rest.GetPosition(1, end));
            }

            if (rest.Length > InputFiles.LimitInBytes)
            {
                throw CommandFailure.InvalidInput($"A line has more than {InputFiles.LimitInBytes} bytes: no service takes that much at once.");
            }

            if (read.IsCompleted)
            {
                if (!rest.IsEmpty)
                {
                    yield return rest.ToArray();
                }

                yield break;
            }

            reader.AdvanceTo(rest.Start, rest.End);
        }
    }
}
