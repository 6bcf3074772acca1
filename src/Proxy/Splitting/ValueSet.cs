using System.Collections.Frozen;
using System.Text.RegularExpressions;
using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Splitting;

/// <summary>
/// What a condition allows: exact values, values with a <c>*</c> at one end or at both, and whatever matches a pattern. An empty set
/// allows any text.
/// </summary>
internal sealed class ValueSet
{
    /// <summary>Up to so many comparisons are cheaper than hashing the text.</summary>
    private const int Few = 8;

    private readonly string[] _exact = [];
    private readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>>? _many;
    private readonly (string Text, bool AnyBefore, bool AnyAfter)[] _wildcards;
    private readonly StringComparison _comparison;
    private readonly Regex? _pattern;
    private readonly bool _any;

    public ValueSet(IReadOnlyCollection<string> values, bool ignoreCase = false, string? pattern = null)
    {
        _comparison = ignoreCase ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        _any = values.Count == 0 && pattern is null;
        _pattern = pattern is null ? null : ValuePattern.Compile(pattern);
        var exact = values.Where(value => !HasWildcard(value)).ToFrozenSet(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        if (exact.Count <= Few)
        {
            _exact = [.. exact];
        }
        else
        {
            _many = exact.GetAlternateLookup<ReadOnlySpan<char>>();
        }

        _wildcards = [.. values.Where(HasWildcard).Select(value => (value.Trim('*'), value[0] == '*', value[^1] == '*'))];
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

        foreach (var (part, anyBefore, anyAfter) in _wildcards)
        {
            if (anyBefore && anyAfter ? text.Contains(part, _comparison)
                : anyBefore ? text.EndsWith(part, _comparison)
                : text.StartsWith(part, _comparison))
            {
                return true;
            }
        }

        return _pattern is not null && ValuePattern.Matches(_pattern, text);
    }

    private static bool HasWildcard(string value) => value[0] == '*' || value[^1] == '*';
}
