using System.Text.Json;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Writes what became of a change of rights: what was changed, or, of a dry run, what would have been.</summary>
internal static class ChangeAnswer
{
    /// <summary>
    /// Writes the answer. A program is told the revision of all rights, too, which <c>check --at-least-revision</c> takes.
    /// </summary>
    /// <param name="answer">Takes it.</param>
    /// <param name="wouldChange">What the service compared; null where it made the change.</param>
    /// <param name="revision">The state of all rights that has the change.</param>
    /// <param name="changed">Makes the document of what was changed.</param>
    /// <param name="text">Writes that for people.</param>
    public static void Write<T>(Answer answer, DryRunResult? wouldChange, string revision, Func<T> changed, Func<T, string> text)
    {
        if (wouldChange is not null)
        {
            answer.Write(DryRunView.Of(wouldChange), DryRunView.ForPeople);
            return;
        }

        var made = changed();
        var document = JsonSerializer.SerializeToNode(made, OutputJson.Document)!.AsObject();
        document["rightsRevision"] = revision;
        answer.Write(document, _ => text(made));
    }
}
