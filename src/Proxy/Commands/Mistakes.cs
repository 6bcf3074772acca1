using System.CommandLine;
using System.CommandLine.Parsing;

namespace Snapback.Proxy.Commands;

/// <summary>What was misunderstood of a call, a line each, with the word that was probably meant.</summary>
internal static class Mistakes
{
    // As the library says it; so is what Unrecognized makes.
    private const string VerbMissing = "Required command was not provided.";

    /// <summary>Options that do not exist and were taken for a name or a file.</summary>
    public static IEnumerable<string> Misread(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).Where(IsOption);

    public static IEnumerable<string> Of(ParseResult parsed, string command)
    {
        var unknown = parsed.UnmatchedTokens.Concat(Misread(parsed)).Distinct().ToList();
        // A word that is no verb leaves the verb missing too.
        var said = unknown.Select(Unrecognized).Append(unknown.Count > 0 ? VerbMissing : "").ToHashSet();
        return unknown.Select(word => Unknown(word, command, Known(parsed.CommandResult)))
            .Concat(parsed.Errors.Select(error => error.Message).Where(message => !said.Contains(message)));
    }

    private static string Unknown(string word, string command, IEnumerable<string> known)
    {
        var nearest = known.Select(one => (Word: one, Far: Distance(word, one))).OrderBy(one => one.Far).FirstOrDefault((Word: "", Far: int.MaxValue));
        var sentence = word.StartsWith('-') ? $"'{word}' is no option of '{command}'." : $"'{command}' does not expect '{word}'.";
        return nearest.Far <= Math.Max(1, word.Length / 3) ? $"{sentence} Did you mean '{nearest.Word}'?" : sentence;
    }

    private static IEnumerable<string> Known(CommandResult at)
    {
        var own = at.Command.Subcommands.Concat<Symbol>(at.Command.Options);
        for (var above = at.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
        {
            own = own.Concat(above.Command.Options.Where(option => option.Recursive));
        }

        return own.Where(symbol => !symbol.Hidden).Select(symbol => symbol.Name);
    }

    private static bool IsOption(string word) => word is ['-', '-' or (>= 'a' and <= 'z'), ..];

    private static string Unrecognized(string word) => $"Unrecognized command or argument '{word}'.";

    /// <summary>Levenshtein's: letters added, left out or changed.</summary>
    private static int Distance(string a, string b)
    {
        var row = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
