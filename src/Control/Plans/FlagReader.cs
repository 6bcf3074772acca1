using System.Text.RegularExpressions;

namespace Snapback.Control.Plans;

/// <summary>Reads the flag that goes up and down with the weight.</summary>
internal static partial class FlagReader
{
    public static bool IsNamed(PlanSection plan) => plan.Find("flag") is not (null or PlanScalar { Text: "off" or "none" });

    /// <summary>Null if there is none, it is off, or its name was refused.</summary>
    public static Located<string>? Read(PlanSection plan) => IsNamed(plan) ? plan.Value("flag", Name) : null;

    /// <summary>It stands in URLs, in a header, and in configurations where a colon would split it.</summary>
    private static Parsed<string> Name(string text) => FlagName().IsMatch(text)
        ? text
        : new Fault($"{Shown.Quoted(text)} is not a flag's name.", "Use 1 to 100 of a-z, A-Z, 0-9, '.', '_' and '-', a letter or digit first.");

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}\z")]
    private static partial Regex FlagName();
}
