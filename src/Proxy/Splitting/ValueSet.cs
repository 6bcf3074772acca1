using System.Collections.Frozen;

namespace Snapback.Proxy.Splitting;

/// <summary>Values to find a text in: as they are, or, where one ends in <c>*</c>, as a beginning. An empty set takes any text.</summary>
internal sealed class ValueSet
{
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> _exact;
    private readonly string[] _beginnings;
    private readonly StringComparison _comparison;
    private readonly bool _any;

    public ValueSet(IReadOnlyCollection<string> values, bool ignoreCase = false)
    {
        _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        _any = values.Count == 0;
        _beginnings = [.. values.Where(value => value[^1] == '*').Select(value => value[..^1])];
        _exact = values.Where(value => value[^1] != '*')
            .ToFrozenSet(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public bool Contains(ReadOnlySpan<char> text)
    {
        if (_any || _exact.Contains(text))
        {
            return true;
        }

        foreach (var beginning in _beginnings)
        {
            if (text.StartsWith(beginning, _comparison))
            {
                return true;
            }
        }

        return false;
    }
}
