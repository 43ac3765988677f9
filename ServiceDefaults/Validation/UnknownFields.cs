using System.Linq.Expressions;
using System.Reflection;
using Google.Protobuf;

namespace McpSecure.ServiceDefaults;

/// <summary>Finds fields that the caller sent and this version of the contract does not know.</summary>
internal static class UnknownFields
{
    /// <summary>Makes a reader of a message's unknown fields, which protobuf keeps and gives no access to.</summary>
    public static Func<IMessage, UnknownFieldSet?> AccessorOf(Type message)
    {
        var field = message.GetField("_unknownFields", BindingFlags.Instance | BindingFlags.NonPublic)
            ?? throw new InvalidOperationException($"{message} has no _unknownFields: this version of protobuf keeps unknown fields elsewhere.");
        var parameter = Expression.Parameter(typeof(IMessage));
        return Expression.Lambda<Func<IMessage, UnknownFieldSet?>>(Expression.Field(Expression.Convert(parameter, message), field), parameter).Compile();
    }

    /// <summary>Names each by its number, as <c>#17</c>.</summary>
    public static void Report(UnknownFieldSet unknown, Walk walk)
    {
        var bytes = new byte[unknown.CalculateSize()];
        using (var output = new CodedOutputStream(bytes))
        {
            unknown.WriteTo(output);
        }

        using var input = new CodedInputStream(bytes);
        var told = new HashSet<int>();
        while (told.Count < Walk.MostViolations && input.ReadTag() is var tag and not 0)
        {
            if (told.Add(WireFormat.GetTagFieldNumber(tag)))
            {
                walk.Enter($"#{WireFormat.GetTagFieldNumber(tag)}");
                walk.Fault("is not a field of this message in this version of the contract.");
                walk.Leave();
            }

            input.SkipLastField();
        }
    }
}
