using System.CommandLine.Parsing;
using System.Globalization;

namespace Snapback.Proxy.Commands;

/// <summary>A whole number on the command line, within what the option takes.</summary>
internal static class WholeNumber
{
    public static int Parse(ArgumentResult result, string name, int least, int most)
    {
        var text = result.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError($"{name} is '{text}'; give a whole number from {least} to {most}.");
        return least;
    }
}
