namespace Snapback.Control.Plans;

/// <summary>Why a text is not the value that it should be.</summary>
internal sealed record Fault(string Message, string Remedy);

/// <summary>A value, or the fault of its text.</summary>
internal readonly struct Parsed<T>
{
    private Parsed(T value, Fault? fault) => (Value, Fault) = (value, fault);

    /// <summary>Meaningless when there is a fault.</summary>
    public T Value { get; }

    public Fault? Fault { get; }

    public static implicit operator Parsed<T>(T value) => new(value, null);

    public static implicit operator Parsed<T>(Fault fault) => new(default!, fault);
}
