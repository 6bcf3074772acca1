using System.Text.RegularExpressions;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import;

/// <summary>
/// Envoy's and Istio's match of one text (exact, prefix, suffix, regex) as a segment's condition. A regular expression that only says
/// "begins", "ends", "contains" or "one of" becomes just that: it is read more easily, and asked faster.
/// </summary>
internal static partial class StringMatch
{
    /// <param name="kind">header, cookie or query.</param>
    /// <param name="isUnanchored">As NGINX searches; Envoy wants the whole value to match.</param>
    /// <returns>Null, and named as not understood, for what a segment cannot say.</returns>
    public static NativeMap? Condition(string kind, string name, PlanEntry entry, ManifestFile file, bool isUnanchored = false)
    {
        var condition = new NativeMap(entry.Value).Set(kind, name, entry.Value);
        if (entry.Value is PlanNull or PlanMap { Entries.Count: 0 })
        {
            // Istio: there, with whatever value.
            return condition;
        }

        if (Fields.Of(entry.Value, file) is not { } match)
        {
            return null;
        }

        var given = ((string[])["exact", "prefix", "suffix", "regex"]).Where(match.Has).ToList();
        if (given is not [var how])
        {
            match.Close();
            var found = given.Count == 0 ? "none" : string.Join(" and ", given);
            file.Problems.NotUnderstood(
                entry.Value, $"A match of {name} has one of exact, prefix, suffix and regex; this one has {found}.", "It is left out.");
            return null;
        }

        var value = match.Scalar(how);
        match.Close();
        return value is null ? null : how switch
        {
            "exact" => Literal(condition, value, "", ""),
            "prefix" => Literal(condition, value, "", "*"),
            "suffix" => Literal(condition, value, "*", ""),
            _ => Expression(condition, kind, name, value, file, isUnanchored),
        };
    }

    private static NativeMap Literal(NativeMap condition, PlanScalar value, string before, string after) =>
        IsPlain(value.Text)
            ? condition.Set("in", [NativeMap.Scalar($"{before}{value.Text}{after}", value)])
            : condition.Set("matches", $"{(before.Length > 0 ? ".*" : "")}{Regex.Escape(value.Text)}{(after.Length > 0 ? ".*" : "")}", value);

    private static NativeMap? Expression(NativeMap condition, string kind, string name, PlanScalar value, ManifestFile file, bool isUnanchored)
    {
        if (kind == "header"
            && name.Equals("cookie", StringComparison.OrdinalIgnoreCase)
            && OneCookie().Match(value.Text) is { Success: true } cookie)
        {
            file.Problems.Note(
                $"{Shown.Plain(value.Text)} is read as the cookie {cookie.Groups[1].Value}, wherever it stands in the header: " +
                "to the letter it would only find the first cookie, since browsers put a blank behind each semicolon.");
            return Simple(cookie.Groups[2].Value) is { } values
                ? new NativeMap(value).Set("cookie", cookie.Groups[1].Value).Set("in", [.. values.Select(one => NativeMap.Scalar(one, value))])
                : new NativeMap(value).Set("cookie", cookie.Groups[1].Value).Set("matches", cookie.Groups[2].Value);
        }

        var pattern = isUnanchored ? $".*(?:{value.Text}).*" : value.Text;
        if (!isUnanchored && Simple(value.Text) is { } simple)
        {
            return condition.Set("in", [.. simple.Select(one => NativeMap.Scalar(one, value))]);
        }

        if (ValuePattern.Fault(pattern) is { } fault)
        {
            file.Problems.NotUnderstood(value, $"The expression {Shown.Quoted(value.Text)} is unsupported: {fault}.", "It is left out.");
            return null;
        }

        return condition.Set("matches", pattern, value);
    }

    /// <summary>Values with a * at their ends that mean the same as the expression; null if it says more.</summary>
    private static List<string>? Simple(string pattern)
    {
        var all = pattern.StartsWith('^') ? pattern[1..] : pattern;
        all = all.EndsWith('$') && !all.EndsWith("\\$", StringComparison.Ordinal) ? all[..^1] : all;
        all = all is ['(', .. var inner, ')'] && !inner.AsSpan().ContainsAny('(', ')') ? inner : all;
        var values = new List<string>();
        foreach (var one in all.Split('|'))
        {
            if (Part().Match(one) is not { Success: true } part)
            {
                return null;
            }

            var literal = Escaped().Replace(part.Groups[2].Value, "$1");
            if (!IsPlain(literal))
            {
                return null;
            }

            values.Add($"{(part.Groups[1].Success ? "*" : "")}{literal}{(part.Groups[3].Success ? "*" : "")}");
        }

        return values;
    }

    private static bool IsPlain(string text) => Names.Any(text).Fault is null && text[0] != '*' && text[^1] != '*';

    /// <summary>
    /// The idiom of Flagger's documentation: <c>^(.*?;)?(type=insider)(;.*)?$</c>. Without brackets of its own a | would stand between
    /// whole cookies and not between values.
    /// </summary>
    [GeneratedRegex(@"^\^?\(\.\*\??;(?: \?|\\s\*| \*)?\)\?\(?(?:\\s\*)?([A-Za-z0-9_.-]+)=(\([^();]+\)|[^;|]+?)\)?\(;\.\*\)\?\$?\z")]
    private static partial Regex OneCookie();

    [GeneratedRegex(@"^(\.\*)?((?:[A-Za-z0-9 _/@:,;=~%<>""'&!#-]|\\[.\-+*?()\[\]{}^$|\\/])+)(\.\*)?\z")]
    private static partial Regex Part();

    [GeneratedRegex(@"\\(.)")]
    private static partial Regex Escaped();
}
