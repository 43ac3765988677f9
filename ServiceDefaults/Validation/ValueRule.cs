using System.Numerics;
using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Makes the rule that a value of a field must keep.</summary>
internal static class ValueRule
{
    /// <summary>Returns a <see cref="ValueRule{T}"/> of the property's type, or null where every value is right.</summary>
    public static object? For(FieldDescriptor field, FieldRules rules, System.Type type) => field.FieldType switch
    {
        FieldType.String => new StringRule(rules),
        FieldType.Bytes => new BytesRule(rules),
        FieldType.Enum => Activator.CreateInstance(typeof(EnumRule<>).MakeGenericType(type), field.EnumType, rules.Required),
        FieldType.Message when field.MessageType.FullName == Duration.Descriptor.FullName => new DurationRule(rules),
        FieldType.Message when field.MessageType.FullName == Timestamp.Descriptor.FullName => new TimestampRule(),
        FieldType.Message => Activator.CreateInstance(typeof(MessageRule<>).MakeGenericType(type), RequestRules.For(field.MessageType)),
        FieldType.Bool => null,
        FieldType.Group => throw new InvalidOperationException($"{field.FullName} is a group: its rules cannot be checked."),
        _ => Activator.CreateInstance(typeof(NumberRule<>).MakeGenericType(type), rules),
    };
}

/// <summary>Says what a value of a kind must be.</summary>
internal abstract class ValueRule<T>
{
    /// <summary>Tells whether a value counts as given where the field itself does not say.</summary>
    public abstract bool IsSet(T value);

    public abstract void Check(T value, Walk walk);
}

internal sealed class BytesRule(FieldRules rules) : ValueRule<ByteString>
{
    private readonly long least = rules.HasMinLength ? rules.MinLength : 0;
    private readonly long most = rules.HasMaxLength ? rules.MaxLength : long.MaxValue;

    public override bool IsSet(ByteString value) => value.Length > 0;

    public override void Check(ByteString value, Walk walk)
    {
        if (value.Length < least)
        {
            walk.Fault($"must have at least {least} bytes.");
        }
        else if (value.Length > most)
        {
            walk.Fault($"must have at most {most} bytes.");
        }
    }
}

internal sealed class NumberRule<T>(FieldRules rules) : ValueRule<T>
    where T : struct, INumber<T>
{
    // A bound beyond the type's range bounds nothing.
    private readonly T least = rules.HasMinimum ? T.CreateSaturating(rules.Minimum) : T.Zero;
    private readonly T most = rules.HasMaximum ? T.CreateSaturating(rules.Maximum) : T.Zero;
    private readonly bool hasLeast = rules.HasMinimum;
    private readonly bool hasMost = rules.HasMaximum;

    public override bool IsSet(T value) => !T.IsZero(value);

    public override void Check(T value, Walk walk)
    {
        if (!T.IsFinite(value))
        {
            walk.Fault("must be a finite number.");
        }
        else if (hasLeast && value < least)
        {
            walk.Fault($"must be at least {least}.");
        }
        else if (hasMost && value > most)
        {
            walk.Fault($"must be at most {most}.");
        }
    }
}

internal sealed class EnumRule<T>(EnumDescriptor type, bool required) : ValueRule<T>
    where T : struct, System.Enum
{
    private readonly System.Collections.Frozen.FrozenSet<int> defined =
        System.Collections.Frozen.FrozenSet.ToFrozenSet(type.Values.Select(v => v.Number));

    public override bool IsSet(T value) => Unsafe.As<T, int>(ref value) != 0;

    public override void Check(T value, Walk walk)
    {
        var number = Unsafe.As<T, int>(ref value); // protobuf's enums are ints
        if (!defined.Contains(number))
        {
            walk.Fault($"is {number}, which this version of the contract does not define.");
        }
        else if (number == 0 && required)
        {
            walk.Fault("is required.");
        }
    }
}

internal sealed class MessageRule<T>(MessageRules rules) : ValueRule<T>
    where T : class, IMessage
{
    public override bool IsSet(T value) => value is not null;

    public override void Check(T value, Walk walk) => rules.Check(value, walk);
}

internal sealed class DurationRule(FieldRules rules) : ValueRule<Duration>
{
    private readonly MessageRules own = RequestRules.For(Duration.Descriptor);
    private readonly NumberRule<double> seconds = new(rules);

    public override bool IsSet(Duration value) => value is not null;

    public override void Check(Duration value, Walk walk)
    {
        own.Check(value, walk);

        // google/protobuf/duration.proto: ±10 000 years; nanos of the same sign.
        if (value.Seconds is < -315_576_000_000 or > 315_576_000_000 || value.Nanos is < -999_999_999 or > 999_999_999
            || (value.Seconds > 0 && value.Nanos < 0) || (value.Seconds < 0 && value.Nanos > 0))
        {
            walk.Fault("is no valid duration.");
        }
        else
        {
            seconds.Check(value.Seconds + (value.Nanos / 1e9), walk);
        }
    }
}

internal sealed class TimestampRule : ValueRule<Timestamp>
{
    private readonly MessageRules own = RequestRules.For(Timestamp.Descriptor);

    public override bool IsSet(Timestamp value) => value is not null;

    public override void Check(Timestamp value, Walk walk)
    {
        own.Check(value, walk);

        // google/protobuf/timestamp.proto: 0001-01-01 to 9999-12-31, nanos counted forward.
        if (value.Seconds is < -62_135_596_800 or > 253_402_300_799 || value.Nanos is < 0 or > 999_999_999)
        {
            walk.Fault("is no valid time.");
        }
    }
}
