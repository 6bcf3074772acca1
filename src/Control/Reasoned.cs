namespace Snapback.Control;

/// <summary>A sentence, and the reason that whoever did it gave.</summary>
public static class Reasoned
{
    /// <returns>The sentence alone where there is no reason, or where the sentence already ends with it.</returns>
    public static string Of(string sentence, string? reason)
    {
        var (told, why) = (Bare(sentence), Bare(reason ?? ""));
        return why.Length == 0 || told == why || told.EndsWith($": {why}", StringComparison.Ordinal) ? sentence : $"{sentence} Reason: {reason}";
    }

    /// <summary>A sentence of ours ends with a full stop where the reason in it has none.</summary>
    private static string Bare(string text) => text.Trim().TrimEnd('.');
}
