namespace Snapback.Control;

/// <summary>Why a text is no JSON.</summary>
public static class JsonCause
{
    private const int LongestWord = 20;

    /// <returns>
    /// The message without the place that System.Text.Json appends, whose lines begin at 0. Of a text that begins as <c>null</c> or
    /// <c>true</c> does and is neither, it quotes all that follows: a whole file, and the secrets in it.
    /// </returns>
    public static string Of(Exception e)
    {
        var place = e.Message.LastIndexOf(" LineNumber:", StringComparison.Ordinal);
        var cause = place < 0 ? e.Message : e.Message[..place];
        var quoted = cause.LastIndexOf("' is an invalid JSON literal.", StringComparison.Ordinal);
        if (quoted < 0)
        {
            return cause;
        }

        var word = cause[..Math.Min(quoted, LongestWord)].Split((char[]?)null, 2)[0];
        return word.Length == quoted ? cause : $"{word}…{cause[quoted..]}";
    }
}
