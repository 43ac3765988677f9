namespace McpSecure.ServiceDefaults;

/// <summary>Finds private keys in PEM (RFC 7468 §10 and §11, and the older labels), to the end of the text where one was cut.</summary>
internal sealed class PrivateKeyRule() : TextRule("private_key", "[PRIVATE_KEY]", "-")
{
    private const string Begin = "-----BEGIN ";
    private const string End = "-----END ";
    private const string Dashes = "-----";

    // ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY, OPENSSH PRIVATE KEY …
    private const int LongestLabel = 64;

    public override void Find(string text, ref List<Finding>? findings)
    {
        for (var start = text.IndexOf(Begin, StringComparison.Ordinal); start >= 0; start = text.IndexOf(Begin, start, StringComparison.Ordinal))
        {
            var label = text.AsSpan(start + Begin.Length, Math.Min(LongestLabel, text.Length - start - Begin.Length));
            if (label.IndexOf(Dashes) is var length && (length < 0 || !label[..length].EndsWith("PRIVATE KEY")))
            {
                start += Begin.Length;
                continue;
            }

            var last = text.IndexOf(End, start, StringComparison.Ordinal);
            var end = last < 0 ? -1 : text.IndexOf(Dashes, last + End.Length, StringComparison.Ordinal);
            Add(ref findings, start, end < 0 ? text.Length : end + Dashes.Length);
            if (end < 0)
            {
                return;
            }

            start = end;
        }
    }
}
