using System.Globalization;
using System.Text;
using System.Text.Json;

namespace McpSecure.Crypto;

/// <summary>Walks a JSON document once and finds its sensitive values. Finds faults, too, that would keep it from being restored exactly.</summary>
internal sealed class ConfigurationWalk(ReadOnlyMemory<byte> json)
{
    private readonly Stack<Level> levels = new();

    public List<PlainValue> Plain { get; } = [];

    public List<ProtectedValue> Protected { get; } = [];

    /// <summary>Returns what is wrong, or null.</summary>
    /// <exception cref="JsonException">It is no JSON.</exception>
    /// <exception cref="InvalidOperationException">A name is no text.</exception>
    public string? Run()
    {
        var reader = new Utf8JsonReader(json.Span, new JsonReaderOptions { MaxDepth = ConfigurationDocument.MostLevels });
        string? fault = null;
        while (reader.Read() && fault is null)
        {
            fault = Take(ref reader);
        }

        return fault;
    }

    private string? Take(ref Utf8JsonReader reader)
    {
        var (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
        switch (reader.TokenType)
        {
            case JsonTokenType.PropertyName:
                // The colon, and what stands before it, is consumed with the name: the closing quote is found from the name's own length.
                if (reader.ValueSpan.Length > ConfigurationDocument.LongestNameInBytes)
                {
                    return $"has a name of more than {ConfigurationDocument.LongestNameInBytes} bytes.";
                }

                var name = new Member(reader.GetString()!, start, start + 1 + reader.ValueSpan.Length);
                return levels.Peek().TryAdd(name) ? null : $"names {Shown(Pointer(name.Name))} twice.";

            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                levels.TryPeek(out var around);
                around?.Begin();
                levels.Push(new Level(reader.TokenType == JsonTokenType.StartObject));
                return levels.Count == 1 && reader.TokenType == JsonTokenType.StartArray ? "must be a JSON object." : null;

            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                var fault = Judge(levels.Peek());
                levels.Pop();
                if (levels.TryPeek(out var outer))
                {
                    outer.End(new Value(reader.TokenType, ContentStart: 0, end));
                }

                return fault;

            default:
                if (!levels.TryPeek(out var level))
                {
                    return "must be a JSON object.";
                }

                level.Begin();
                level.End(new Value(reader.TokenType, start + 1, end));
                return null;
        }
    }

    // Once an object is read to its end, every value has met its flag, whatever their order.
    private string? Judge(Level level)
    {
        string? fault = null;
        for (var i = 0; i < level.Members.Count && fault is null; i++)
        {
            var member = level.Members[i];
            if (member.Value.Kind == JsonTokenType.String && SensitiveName.Is(member.Name))
            {
                fault = JudgeValue(level, member);
            }
            else if (member.Value.Kind == JsonTokenType.True && SensitiveName.TryGetFlagged(member.Name, out var flagged)
                && level.Find(flagged) is not { Value.Kind: JsonTokenType.String })
            {
                fault = $"flags {Shown(Pointer(flagged))} as encrypted, where there is no ciphertext.";
            }
        }

        return fault;
    }

    private string? JudgeValue(Level level, Member member)
    {
        // Now and not at the end: what is done with each value costs something.
        if (Plain.Count + Protected.Count == ConfigurationDocument.MostValues)
        {
            return $"has more than {ConfigurationDocument.MostValues} sensitive values.";
        }

        var pointer = Pointer(member.Name);
        var content = member.Value.ContentStart..(member.Value.End - 1);
        if (level.Find(SensitiveName.FlagOf(member.Name)) is not { } flag)
        {
            Plain.Add(new PlainValue(pointer, (member.Start + 1)..member.NameEnd, content));
            return null;
        }

        if (flag.Value.Kind != JsonTokenType.True || !Ciphertext.TryParse(Encoding.UTF8.GetString(json.Span[content]), out _))
        {
            return $"has a member beside {Shown(pointer)} that is called as its flag would be, and it is not flagged ciphertext.";
        }

        Protected.Add(new ProtectedValue(pointer, content, level.RangeToRemove(flag)));
        return null;
    }

    // RFC 6901 §3.
    private string Pointer(string name)
    {
        var text = new StringBuilder();
        foreach (var level in levels.Reverse().SkipLast(1))
        {
            text.Append('/').Append(Escape(level.Place));
        }

        return text.Append('/').Append(Escape(name)).ToString();
    }

    private static string Escape(string name) => name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);

    // Names are the caller's text: enough of one to be found, without control characters.
    private static string Shown(string pointer) =>
        string.Concat(pointer.Take(96).Select(character => char.IsControl(character) || char.IsSurrogate(character) ? '?' : character));

    /// <summary>A value: its kind, where its content starts after the quote, where it ends.</summary>
    private sealed record Value(JsonTokenType Kind, int ContentStart, int End);

    /// <summary>A member of an object: where its name's opening and closing quotes are, and its value.</summary>
    private sealed record Member(string Name, int Start, int NameEnd)
    {
        public Value Value { get; set; } = new(JsonTokenType.None, 0, 0);
    }

    private sealed class Level(bool isObject)
    {
        private readonly Dictionary<string, int> places = new(StringComparer.Ordinal);
        private int items;

        public List<Member> Members { get; } = [];

        /// <summary>Gets the name or index of the value that is being read.</summary>
        public string Place => isObject ? Members[^1].Name : (items - 1).ToString(CultureInfo.InvariantCulture);

        public bool TryAdd(Member member)
        {
            Members.Add(member);
            return places.TryAdd(member.Name, Members.Count - 1);
        }

        public void Begin() => items++;

        public void End(Value value)
        {
            if (isObject)
            {
                Members[^1].Value = value;
            }
        }

        public Member? Find(string name) => places.TryGetValue(name, out var place) ? Members[place] : null;

        // Back to the end of the member before where any stays before it, else up to the next: a flag never stands alone.
        public Range RangeToRemove(Member flag)
        {
            var place = places[flag.Name];
            return Members.Take(place).Any(before => !IsFlagToRemove(before))
                ? Members[place - 1].Value.End..flag.Value.End
                : flag.Start..Members[place + 1].Start;
        }

        private bool IsFlagToRemove(Member member) =>
            member.Value.Kind == JsonTokenType.True && SensitiveName.TryGetFlagged(member.Name, out var flagged) && places.ContainsKey(flagged);
    }
}
