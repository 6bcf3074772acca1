using System.Globalization;

namespace Snapback.Control.Plans;

/// <summary>Sizes in memory: <c>64KB</c>, <c>1MB</c>, <c>512B</c>; 1KB is 1024 bytes.</summary>
internal static class Sizes
{
    private const int Largest = 16 * 1024 * 1024;
    private static readonly (string Unit, int Bytes)[] Units = [("MB", 1024 * 1024), ("KB", 1024), ("B", 1)];

    /// <returns>Bytes, 1 to 16 MB.</returns>
    public static Parsed<int> Parse(string text)
    {
        var (unit, bytes) = Units.FirstOrDefault(unit => text.EndsWith(unit.Unit, StringComparison.Ordinal));
        var number = unit is null ? default : Numbers.Parse(text[..^unit.Length].TrimEnd());
        if (unit is null || number.Fault is not null)
        {
            return new Fault($"{Shown.Quoted(text)} is not a size.", "Write it with its unit, such as 512B, 64KB or 1MB.");
        }

        var size = number.Value * bytes;
        return size is >= 1 and <= Largest && decimal.IsInteger(size)
            ? (int)size
            : new Fault(
                $"{Shown.Plain(text)} is not a size from 1B to {Format(Largest)}.",
                "Every request on its way may take this much memory; write, say, 64KB.");
    }

    public static string Format(int bytes)
    {
        var (unit, size) = Units.First(unit => bytes % unit.Bytes == 0);
        return (bytes / size).ToString(CultureInfo.InvariantCulture) + unit;
    }
}
