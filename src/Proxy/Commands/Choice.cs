using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>An option that takes one of a few words, which its help, its completion and its refusal name.</summary>
internal static class Choice
{
    public static Option<string> Among(this Option<string> option, params string[] words)
    {
        option.HelpName = string.Join('|', words);
        option.CompletionSources.Add(words);
        option.Validators.Add(result =>
        {
            foreach (var word in result.Tokens.Select(token => token.Value).Where(word => !words.Contains(word, StringComparer.OrdinalIgnoreCase)))
            {
                result.AddError($"{option.Name} is '{word}'; give {string.Join(", ", words[..^1])} or {words[^1]}.");
            }
        });
        return option;
    }
}
