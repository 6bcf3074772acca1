using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using Snapback.Control.Plans;

namespace Snapback.Proxy.Commands;

/// <summary>The mistakes of a command line, a sentence for each, with the word that was probably meant.</summary>
internal static class Mistakes
{
    // System.CommandLine's own sentence, as is that of Unrecognized.
    private const string VerbMissing = "Required command was not provided.";

    /// <summary>Options that do not exist and were taken for a name or a file.</summary>
    private static IEnumerable<string> Misread(ParseResult parsed) =>
        parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens).Select(token => token.Value).Where(IsOption);

    /// <summary>
    /// --help clears the parser's errors and is no mistake, except after an unknown verb. So does --version of the root, which a mistyped
    /// 'strat … --version' would call instead of the option of 'start'.
    /// </summary>
    public static bool Any(ParseResult parsed) =>
        parsed.Action is ParseErrorAction
            || UnknownVerb(parsed) is not null
            || (parsed.Action is not HelpAction && (parsed.UnmatchedTokens.Count > 0 || Misread(parsed).Any()));

    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var command = Command(parsed);
        var known = Known(parsed.CommandResult);
        if (UnknownVerb(parsed) is { } verb)
        {
            // All other words were meant for the unknown verb.
            return [Unknown(verb, command, [.. known, .. OneDeeper(parsed.CommandResult.Command)])];
        }

        var unknown = parsed.UnmatchedTokens.Concat(Misread(parsed)).Distinct().ToList();
        // An unknown word also makes the parser say that the verb is missing.
        var said = unknown.Select(Unrecognized).Append(unknown.Count > 0 ? VerbMissing : "").ToHashSet();
        return unknown.Select(word => Unknown(word, command, known))
            .Concat(parsed.Errors.Select(error => error.Message).Where(message => !said.Contains(message)).Distinct()
                .Select(message => message == VerbMissing ? $"'{command}' needs a command: {Verbs(parsed.CommandResult.Command)}." : message));
    }

    /// <summary>The command as it is typed, with its parents, like <c>snapback plan check</c>.</summary>
    public static string Command(ParseResult parsed)
    {
        var names = new Stack<string>();
        for (var at = parsed.CommandResult; at.Parent is CommandResult above; at = above)
        {
            names.Push(at.Command.Name);
        }

        return string.Join(' ', names.Prepend("snapback"));
    }

    private static string? UnknownVerb(ParseResult parsed) =>
        parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens is [var verb, ..] && !IsOption(verb) ? verb : null;

    private static string Unknown(string word, string command, IReadOnlyList<string> known)
    {
        var sentence = word.StartsWith('-') ? $"'{word}' is no option of '{command}'." : $"'{command}' does not expect '{word}'.";
        var nearest = Suggestion.For(word, known.Select(LastWord));
        return nearest is null ? sentence : $"{sentence} Did you mean '{known.First(name => LastWord(name) == nearest)}'?";
    }

    /// <summary>Verbs of verbs, such as <c>plan import</c>, whose first word is easily forgotten.</summary>
    private static IEnumerable<string> OneDeeper(Command command) =>
        from verb in command.Subcommands
        from deeper in verb.Subcommands
        where !verb.Hidden && !deeper.Hidden
        select $"{verb.Name} {deeper.Name}";

    private static string Verbs(Command command) => string.Join(", ", command.Subcommands.Where(verb => !verb.Hidden).Select(verb => verb.Name));

    private static string LastWord(string name) => name[(name.LastIndexOf(' ') + 1)..];

    private static List<string> Known(CommandResult at)
    {
        var own = at.Command.Subcommands.Concat<Symbol>(at.Command.Options);
        for (var above = at.Parent as CommandResult; above is not null; above = above.Parent as CommandResult)
        {
            own = own.Concat(above.Command.Options.Where(option => option.Recursive));
        }

        return [.. own.Where(symbol => !symbol.Hidden).Select(symbol => symbol.Name)];
    }

    private static bool IsOption(string word) => word is ['-', '-' or (>= 'a' and <= 'z'), ..];

    private static string Unrecognized(string word) => $"Unrecognized command or argument '{word}'.";
}
