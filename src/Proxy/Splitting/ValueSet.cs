using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// Values to find a text in: as they are, with a <c>*</c> at one end or at both, or all that a pattern matches. An empty set takes
/// any text.
/// </summary>
internal sealed class ValueSet
{
    /// <summary>To compare with so many is cheaper than a hash of the text.</summary>
    private const int Few = 8;

    private readonly string[] _exact = [];
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>>? _many;
    private readonly (string Part, bool Open, bool End)[] _parts;
    private readonly StringComparison _comparison;
    private readonly Regex? _pattern;
    private readonly bool _any;

    public ValueSet(IReadOnlyCollection<string> values, bool ignoreCase = false, string? pattern = null)
    {
        _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        _any = values.Count == 0 && pattern is null;
        _pattern = pattern is null ? null : ValuePattern.Compile(pattern);
        var exact = values.Where(value => !IsPart(value)).ToFrozenSet(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        if (exact.Count <= Few)
        {
            _exact = [.. exact];
        }
        else
        {
            _many = exact.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        _parts = [.. values.Where(IsPart).Select(value => (value.Trim('*'), value[0] == '*', value[^1] == '*'))];
    }

    public static ValueSet Of(Condition condition) => new(condition.Values, pattern: condition.Pattern);

    public bool Contains(ReadOnlySpan<char> text)
    {
        if (_any)
        {
            return true;
        }

        foreach (var value in _exact)
        {
            if (text.Equals(value, _comparison))
            {
                return true;
            }
        }

        if (_many is { } many && many.Contains(text))
        {
            return true;
        }

        foreach (var (part, open, end) in _parts)
        {
            if (open && end ? text.Contains(part, _comparison) : open ? text.EndsWith(part, _comparison) : text.StartsWith(part, _comparison))
            {
                return true;
            }
        }

        return _pattern is not null && ValuePattern.Matches(_pattern, text);
    }

    private static bool IsPart(string value) => value[0] == '*' || value[^1] == '*';
}
