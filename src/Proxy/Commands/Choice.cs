using System.CommandLine;
using System.CommandLine.Parsing;

namespace Snapback.Proxy.Commands;

/// <summary>An option that takes one of a few words, in any case; its help, its completion and its refusal name them.</summary>
internal static class Choice
{
    public static Option<string> Among(this Option<string> option, params string[] words)
    {
        option.HelpName = string.Join('|', words);
        option.CompletionSources.Add(words);
        option.CustomParser = result => Word(result, option.Name, words);
        return option;
    }

    private static string? Word(ArgumentResult result, string option, string[] words)
    {
        var given = result.Tokens[0].Value;
        var word = words.FirstOrDefault(word => word.Equals(given, StringComparison.OrdinalIgnoreCase));
        if (word is null)
        {
            result.AddError($"{option} is '{given}'; give {string.Join(", ", words[..^1])} or {words[^1]}.");
        }

        return word;
    }
}
