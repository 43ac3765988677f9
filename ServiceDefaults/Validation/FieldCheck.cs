using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.Reflection;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Checks one field of a message. Reads it by a compiled accessor: neither reflection nor boxing when a call comes.</summary>
internal abstract class FieldCheck
{
    public abstract void Check(IMessage message, Walk walk);

    /// <summary>Makes the check of a field, or null where every value of it is right.</summary>
    public static FieldCheck? For(FieldDescriptor field)
    {
        var rules = field.GetOptions()?.GetExtension(RulesExtensions.Rules) ?? new FieldRules();
        var message = field.ContainingType.ClrType;
        var property = message.GetProperty(field.PropertyName) ?? throw Unsupported(field, "has no property");

        if (field.IsMap)
        {
            var key = field.MessageType.FindFieldByNumber(1);
            var value = field.MessageType.FindFieldByNumber(2);
            if (key.FieldType != FieldType.String)
            {
                throw Unsupported(field, "is a map whose keys are no strings");
            }

            var type = property.PropertyType.GetGenericArguments()[1];
            return Make(typeof(MapCheck<,>), [message, type], field, rules, ValueRule.For(value, rules, type));
        }

        if (field.IsRepeated)
        {
            var type = property.PropertyType.GetGenericArguments()[0];
            return Make(typeof(ListCheck<,>), [message, type], field, rules, ValueRule.For(field, rules, type));
        }

        var rule = ValueRule.For(field, rules, property.PropertyType);
        if (rule is null && !rules.Required)
        {
            return null;
        }

        return rule is null && !field.HasPresence
            ? throw Unsupported(field, "is required, and its zero value cannot be told from none")
            : Make(typeof(SingleCheck<,>), [message, property.PropertyType], field, rules, rule);
    }

    private static FieldCheck Make(Type open, Type[] arguments, FieldDescriptor field, FieldRules rules, object? rule) =>
        (FieldCheck)Activator.CreateInstance(open.MakeGenericType(arguments), field, rules, rule)!;

    private static InvalidOperationException Unsupported(FieldDescriptor field, string what) => new($"{field.FullName} {what}: its rules cannot be checked.");

    internal static Func<TMessage, TValue> Getter<TMessage, TValue>(FieldDescriptor field) =>
        typeof(TMessage).GetProperty(field.PropertyName)!.GetMethod!.CreateDelegate<Func<TMessage, TValue>>();
}

/// <summary>Checks a field that holds one value.</summary>
internal sealed class SingleCheck<TMessage, TValue>(FieldDescriptor field, FieldRules rules, ValueRule<TValue>? rule) : FieldCheck
    where TMessage : class, IMessage
{
    private readonly string name = field.Name;
    private readonly bool required = rules.Required;
    private readonly Func<TMessage, TValue> get = Getter<TMessage, TValue>(field);
    private readonly Func<IMessage, bool>? has = field.HasPresence && field.FieldType != FieldType.Message ? field.Accessor.HasValue : null;
    private readonly OneofDescriptor? choice = field.RealContainingOneof;

    public override void Check(IMessage message, Walk walk)
    {
        var value = get((TMessage)message);
        var set = has is not null ? has(message) : rule!.IsSet(value);
        if (!set && (!required || IsAnswered(message)))
        {
            return;
        }

        walk.Enter(name);
        if (required && (!set || rule?.IsSet(value) == false))
        {
            walk.Fault("is required.");
        }
        else
        {
            rule?.Check(value, walk);
        }

        walk.Leave();
    }

    // A member of a oneof is not missing where another is set; where none is, the first that is required says so for all.
    private bool IsAnswered(IMessage message) => choice is not null
        && (choice.Accessor.GetCaseFieldDescriptor(message) is not null
            || choice.Fields.First(member => member.GetOptions()?.GetExtension(RulesExtensions.Rules)?.Required == true) != field);
}

/// <summary>Checks a list and each of its items.</summary>
internal sealed class ListCheck<TMessage, TValue>(FieldDescriptor field, FieldRules rules, ValueRule<TValue>? rule) : FieldCheck
    where TMessage : class, IMessage
{
    private readonly string name = field.Name;
    private readonly CountRule count = new(rules);
    private readonly Func<TMessage, RepeatedField<TValue>> get = Getter<TMessage, RepeatedField<TValue>>(field);

    public override void Check(IMessage message, Walk walk)
    {
        var items = get((TMessage)message);
        if (!count.Check(name, items.Count, walk) || rule is null)
        {
            return;
        }

        for (var i = 0; i < items.Count; i++)
        {
            walk.Enter(name, i);
            rule.Check(items[i], walk);
            walk.Leave();
        }
    }
}

/// <summary>Checks a map and each of its keys and values.</summary>
internal sealed class MapCheck<TMessage, TValue>(FieldDescriptor field, FieldRules rules, ValueRule<TValue>? rule) : FieldCheck
    where TMessage : class, IMessage
{
    private readonly string name = field.Name;
    private readonly CountRule count = new(rules);
    private readonly ValueRule<string> keyRule = new StringRule(new FieldRules
    {
        MinLength = 1,
        MaxLength = rules.HasMaxKeyLength ? rules.MaxKeyLength : uint.MaxValue,
    });

    private readonly Func<TMessage, MapField<string, TValue>> get = Getter<TMessage, MapField<string, TValue>>(field);

    public override void Check(IMessage message, Walk walk)
    {
        var items = get((TMessage)message);
        if (!count.Check(name, items.Count, walk) || items.Count == 0)
        {
            return;
        }

        foreach (var (key, value) in items)
        {
            walk.Enter(name, key: key);
            keyRule.Check(key, walk);
            rule?.Check(value, walk);
            walk.Leave();
        }
    }
}

/// <summary>Checks how many items a list or map has.</summary>
internal readonly struct CountRule(FieldRules rules)
{
    private readonly bool required = rules.Required;
    private readonly long least = rules.HasMinItems ? rules.MinItems : 0;
    private readonly long most = rules.HasMaxItems ? rules.MaxItems : long.MaxValue;

    /// <summary>Returns false where the number is wrong; then the items are not looked at.</summary>
    public bool Check(string name, int count, Walk walk)
    {
        var fault = count == 0
            ? required ? "is required." : null
            : count < least ? $"must have at least {least} items." : count > most ? $"must have at most {most} items." : null;
        if (fault is null)
        {
            return true;
        }

        walk.Enter(name);
        walk.Fault(fault);
        walk.Leave();
        return false;
    }
}
