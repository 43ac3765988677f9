using System.Text.RegularExpressions;
using McpSecure.Common.V1;
using FieldType = Google.Protobuf.Reflection.FieldDescriptorProto.Types.Type;
using Idempotency = Google.Protobuf.Reflection.MethodOptions.Types.IdempotencyLevel;

namespace McpSecure.Architecture.Tests;

/// <summary>Holds the protos to the contract style: what a caller of another team needs to know stands in them.</summary>
public sealed partial class ContractLintTests
{
    [Fact]
    public void Contract_WhenRead_HoldsEveryService()
    {
        var services = Contract.OwnFiles.SelectMany(file => file.Service).Select(service => service.Name);

        Assert.Superset(
            new HashSet<string>(["AuthService", "ApiKeyService", "AuthorizationService", "EncryptionService", "AuditService"], StringComparer.Ordinal),
            services.ToHashSet(StringComparer.Ordinal));
    }

    [Fact]
    public void File_Package_IsItsFolderAndItsNamespace() => Faults.AssertNone(
        Contract.OwnFiles.Where(file =>
            Path.GetDirectoryName(file.Name)!.Replace('/', '.') != file.Package
            || !file.Options.CsharpNamespace.Equals(file.Package, StringComparison.OrdinalIgnoreCase)),
        file => file.Name);

    [Fact]
    public void Line_Length_IsAtMost140() => Faults.AssertNone(
        from path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "protos"), "*.proto", SearchOption.AllDirectories)
        from line in File.ReadLines(path)
        where line.Length > 140
        select $"{Path.GetFileName(path)}: {line}",
        line => line);

    [Fact]
    public void Element_Comment_IsThere() => Faults.AssertNone(
        Contract.Messages.Where(message => message.Comment.Length == 0).Select(message => message.Name)
            .Concat(Contract.Messages.SelectMany(message => message.Fields).Where(field => field.Comment.Length == 0).Select(field => field.Name))
            .Concat(Contract.Methods.Where(method => method.Comment.Length == 0).Select(method => method.Name))
            .Concat(Contract.Enums.Where(type => type.Comment.Length == 0).Select(type => type.Name))
            .Concat(Contract.Enums.SelectMany(type => type.Enum.Value
                .Where((_, index) => type.ValueComment(index).Length == 0).Select(value => $"{type.Name}.{value.Name}"))),
        name => name);

    [Fact]
    public void Method_Comment_NamesCallersErrorsAndRepetition() => Faults.AssertNone(
        Contract.Methods.Where(method =>
            !method.Comment.Contains("Callers", StringComparison.Ordinal)
            || !ErrorsWord().IsMatch(method.Comment)
            || !RepetitionWord().IsMatch(method.Comment)),
        method => method.Name);

    [Fact]
    public void Method_Errors_AreKnownReasons()
    {
        var known = Contract.Enums.Single(type => type.Enum.Name == "ErrorReason").Enum.Value
            .Select(value => value.Name["ERROR_REASON_".Length..]).ToHashSet(StringComparer.Ordinal);

        var named =
            from method in Contract.Methods
            from Match word in ReasonWord().Matches(method.Comment)
            where word.Value is not "UNAVAILABLE"
            select (method.Name, word.Value);

        Assert.NotEmpty(named);
        Faults.AssertNone(named.Where(pair => !known.Contains(pair.Value)), pair => $"{pair.Name} names {pair.Value}");
    }

    [Fact]
    public void Method_SaidToBeIdempotent_IsMarkedSo() => Faults.AssertNone(
        Contract.Methods.Where(method =>
            (method.Method.Options?.IdempotencyLevel ?? Idempotency.IdempotencyUnknown) == Idempotency.IdempotencyUnknown
            && !method.Comment.Contains("Not idempotent", StringComparison.Ordinal)
            && !method.Comment.Contains("Idempotent until", StringComparison.Ordinal)),
        method => method.Name);

    [Fact]
    public void Method_Messages_AreItsOwn() => Faults.AssertNone(
        Contract.Methods.Where(method =>
            method.Method.InputType != $".{method.File.Package}.{method.Method.Name}Request"
            || method.Method.OutputType != $".{method.File.Package}.{method.Method.Name}Response"),
        method => method.Name);

    [Fact]
    public void Enum_Values_CarryItsNameAndStartUnspecified() => Faults.AssertNone(
        Contract.Enums.Where(type =>
        {
            var prefix = SnakeCase().Replace(type.Enum.Name, "_$1").ToUpperInvariant().TrimStart('_') + "_";

            return type.Enum.Value[0] is not { Number: 0 } first
                || first.Name != $"{prefix}UNSPECIFIED"
                || type.Enum.Value.Any(value => !value.Name.StartsWith(prefix, StringComparison.Ordinal));
        }),
        type => type.Name);

    [Fact]
    public void RequestField_Comment_SaysWhetherItIsRequired() => Faults.AssertNone(
        RequestFields().Where(field =>
            (!field.Field.HasOneofIndex || field.Field.Proto3Optional)
            && !field.Comment.StartsWith(field.Rules?.Required == true ? "Required. " : "Optional. ", StringComparison.Ordinal)),
        field => field.Name);

    [Fact]
    public void RequestField_Size_IsBounded() => Faults.AssertNone(
        RequestFields().Where(field =>
            (field.IsRepeated && field.Rules?.HasMaxItems != true)
            || (field.Field.Type is FieldType.String or FieldType.Bytes && !IsBounded(field.Rules))),
        field => field.Name);

    [Fact]
    public void RequestField_Number_HasARange() => Faults.AssertNone(
        RequestFields().Where(field =>
            field.Field.Type is FieldType.Int32 or FieldType.Int64 or FieldType.Uint32 or FieldType.Uint64
            && field.Rules?.HasMinimum != true),
        field => field.Name);

    [Fact]
    public void RequestField_Pattern_CompilesWithoutBacktracking()
    {
        var patterns = RequestFields().Select(field => field.Rules?.Pattern).Where(pattern => !string.IsNullOrEmpty(pattern)).ToList();

        Assert.NotEmpty(patterns);
        Assert.All(patterns, pattern => Assert.NotNull(new Regex(pattern!, RegexOptions.NonBacktracking, TimeSpan.FromSeconds(1))));
    }

    [Fact]
    public void Field_HoldingASecret_IsRedacted() => Faults.AssertNone(
        Contract.Messages.SelectMany(message => message.Fields).Where(field =>
            field.Field.Type is FieldType.String or FieldType.Bytes
            && SecretWord().IsMatch(field.Field.Name)
            && !field.Field.Name.EndsWith("page_token", StringComparison.Ordinal)
            && !field.Field.Name.EndsWith("_id", StringComparison.Ordinal)
            && !field.IsRedacted),
        field => field.Name);

    [Fact]
    public void List_Messages_Page() => Faults.AssertNone(
        Contract.RequestMessages.Where(message =>
            message.Fields.Any(field => field.Field.Name == "page_size")
            != Contract.Messages.Any(response =>
                response.Name == message.Name.Replace("Request", "Response", StringComparison.Ordinal)
                && response.Fields.Any(field => field.Field.Name == "next_page_token"))),
        message => message.Name);

    private static IEnumerable<FieldElement> RequestFields() => Contract.RequestMessages.SelectMany(message => message.Fields);

    private static bool IsBounded(FieldRules? rules) => rules is not null
        && (rules.HasMaxLength || rules.Format is Format.Uuid or Format.Name or Format.TraceId or Format.Resource or Format.Scope);

    [GeneratedRegex("[Ee]rrors\\b")]
    private static partial Regex ErrorsWord();

    [GeneratedRegex("([Ii]dempotent|No side effects|Nothing is stored|as (Encrypt|QueryEvents|CheckPermission))")]
    private static partial Regex RepetitionWord();

    [GeneratedRegex("(?<![`A-Z0-9_])[A-Z][A-Z0-9]*(_[A-Z0-9]+)+(?![`A-Z0-9_])")]
    private static partial Regex ReasonWord();

    [GeneratedRegex("([A-Z])")]
    private static partial Regex SnakeCase();

    [GeneratedRegex("(secret|password|token|totp_code|plaintext|otpauth|signature)$")]
    private static partial Regex SecretWord();
}
