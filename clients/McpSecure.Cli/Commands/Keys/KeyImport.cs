using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys import</c>: takes over keys of a platform of before, of which only salted hashes are known.</summary>
internal static class KeyImport
{
    /// <summary>The bytes of lines after which a request is sent: a server reads 1 MiB, and on the wire a key is smaller than its line.</summary>
    private const int SizeOfBatchInBytes = 512 * 1024;

    public static Command Create(CommandRunner runner)
    {
        var input = new DataInput("the keys");
        var salts = new Option<string[]>("--salt-file")
        {
            HelpName = "FILE",
            Description = "Read a salt from FILE; the line end of a text is not part of it. Once for each, at most 8; a line's \"salt\" says which, from 0.",
            Required = true,
        };
        var command = new Command("import", "Take over keys of a platform of before, by their hashes, as JSON Lines; of each 1000, all or none.") { input.Option, salts };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var known = new List<ByteString>();
            foreach (var path in invocation.Arguments.GetRequiredValue(salts))
            {
                known.Add(Salt(await InputFiles.ReadAllAsync(path, cancellationToken)));
            }

            var sent = 0L;
            var (owners, organizations) = (new Dictionary<string, string>(StringComparer.Ordinal), new Dictionary<string, string>(StringComparer.Ordinal));
            await using var stream = input.Open(invocation);
            await foreach (var batch in JsonLines.ReadAsync(stream, SizeOfBatchInBytes, line => KeyImportLine.TryRead(line), KeyImportLine.Form, cancellationToken))
            {
                var request = new ImportApiKeysRequest { Salts = { known } };
                foreach (var line in batch)
                {
                    var owner = await FindAsync(owners, line.Owner, async name => (await Principals.FindUserAsync(services, name, cancellationToken)).Id);
                    var organization = line.Organization is { } named
                        ? await FindAsync(organizations, named, name => Organizations.FindAsync(services, name, cancellationToken))
                        : "";
                    request.ApiKeys.Add(line.ToMessage(owner, organization));
                }

                foreach (var (line, result) in batch.Zip(await SendAsync(services, request, sent, cancellationToken)))
                {
                    invocation.Answer.WriteLine(new Imported(line.Name, result.ApiKeyId, result.Existed), Imported.ForPeople);
                }

                sent += batch.Count;
            }
        });
    }

    private static async Task<IEnumerable<ImportedApiKeyResult>> SendAsync(
        Services services, ImportApiKeysRequest request, long before, CancellationToken cancellationToken)
    {
        try
        {
            return (await services.ApiKeys.ImportApiKeysAsync(request, cancellationToken: cancellationToken)).Results;
        }
        catch (RpcException e)
        {
            throw new BatchRefusal(e, before);
        }
    }

    private static async Task<string> FindAsync(Dictionary<string, string> found, string name, Func<string, Task<string>> find)
    {
        if (!found.TryGetValue(name, out var id))
        {
            found[name] = id = await find(name);
        }

        return id;
    }

    // An editor ends the last line of a text; bytes that are no text are taken as they are.
    private static ByteString Salt(byte[] bytes) =>
        Text.OfUtf8(bytes) is not { } text ? ByteString.CopyFrom(bytes)
        : text.EndsWith("\r\n", StringComparison.Ordinal) ? ByteString.CopyFromUtf8(text[..^2])
        : text.EndsWith('\n') ? ByteString.CopyFromUtf8(text[..^1])
        : ByteString.CopyFrom(bytes);

    private sealed record Imported(string Name, string ApiKeyId, bool Existed)
    {
        public static string ForPeople(Imported key) => $"{Text.OneLine(key.ApiKeyId)}  {(key.Existed ? "was there" : "imported ")}  {Text.OneLine(key.Name)}";
    }
}
