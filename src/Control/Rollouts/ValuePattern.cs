using System.Text.RegularExpressions;

namespace Snapback.Control.Rollouts;

/// <summary>
/// A regular expression that a whole value must match. Strangers send the values, so the time is linear in their length: no
/// backtracking, which leaves out look-arounds and back-references, as RE2 does for Envoy and Istio.
/// </summary>
public static class ValuePattern
{
    public const int Longest = 500;

    /// <summary>A longer value matches no pattern: what a stranger may make us read is bounded.</summary>
    public const int LongestValue = 1024;

    /// <summary>A pattern of thousands of states takes milliseconds per character: no request waits for that.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(20);

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <returns>Null for a good one; otherwise why not.</returns>
    public static string? Fault(string pattern)
    {
        if (pattern.Length is 0 or > Longest)
        {
            return $"it has {pattern.Length} characters; 1 to {Longest} are allowed";
        }

        if (pattern.Contains("[[:", StringComparison.Ordinal))
        {
            return "classes such as [[:alpha:]] are not known; write [A-Za-z]";
        }

        try
        {
            // Alone first: what is wrapped must not close the wrapping.
            _ = new Regex(pattern, Options);
            _ = Compile(pattern);
            return null;
        }
        catch (NotSupportedException)
        {
            return "it looks around, refers back, or repeats too much to be matched in linear time";
        }
        catch (RegexParseException e)
        {
            return $"{Told(e.Error)} at character {e.Offset}";
        }
    }

    private static string Told(RegexParseError error) => error switch
    {
        RegexParseError.UnterminatedBracket => "a [ is not closed",
        RegexParseError.InsufficientClosingParentheses => "a ( is not closed",
        RegexParseError.InsufficientOpeningParentheses => "a ) closes nothing",
        RegexParseError.QuantifierAfterNothing => "there is nothing to repeat",
        RegexParseError.NestedQuantifiersNotParenthesized => "what is repeated already is repeated again",
        RegexParseError.ReversedCharacterRange or RegexParseError.ReversedQuantifierRange => "a range runs backwards",
        RegexParseError.UnescapedEndingBackslash => "a \\ escapes nothing",
        RegexParseError.UnrecognizedEscape => "an escape is not known",
        RegexParseError.InvalidGroupingConstruct => "a group begins with (? and in no known way",
        _ => "it is not understood",
    };

    /// <exception cref="ArgumentException">There is a <see cref="Fault"/>.</exception>
    public static Regex Compile(string pattern)
    {
        // The runtime compiles the engine's own code at the first match that goes through it, on a busy machine for longer than the patience:
        // the first request's value would match nothing. So one match without a time-out goes before.
        _ = new Regex($@"\A(?:{pattern}|rehearsal)\z", Options).IsMatch("rehearsal");
        return new Regex($@"\A(?:{pattern})\z", Options, Patience);
    }

    /// <summary>A value that is too long, or takes too long, does not match.</summary>
    /// <remarks>
    /// The engine's time-out measures elapsed time, and with it what other threads take of the processor. So a match that was too late is tried
    /// once more: the automaton's states that the first try has built are kept, and the second is spared that work.
    /// </remarks>
    public static bool Matches(Regex pattern, ReadOnlySpan<char> value) =>
        value.Length <= LongestValue && (InTime(pattern, value) ?? InTime(pattern, value) ?? false);

    private static bool? InTime(Regex pattern, ReadOnlySpan<char> value)
    {
        try
        {
            return pattern.IsMatch(value);
        }
        catch (RegexMatchTimeoutException)
        {
            return null;
        }
    }
}
