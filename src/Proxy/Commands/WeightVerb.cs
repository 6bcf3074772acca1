using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Serialization;
using Snapback.Proxy.Commands.Rendering;

namespace Snapback.Proxy.Commands;

/// <summary>The canary's weight, read or set by hand.</summary>
internal static class WeightVerb
{
    public static Command Define(ClientVerb verb)
    {
        var name = ClientVerb.Name();
        var percent = new Argument<decimal?>("PCT")
        {
            Description = "The new weight in per cent, like 12.5 or 12.5%; without it the present one is printed.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = Percent,
        };
        var version = new Option<string?>("--version")
        {
            Description = "What runs in the canary arm: named to open a generation, and refused if another version's is open.",
            HelpName = "V",
        };
        return verb.Write("weight", "Prints the canary's weight, or sets it by hand.", async call =>
        {
            var rollout = call.Parsed.GetRequiredValue(name);
            if (call.Parsed.GetValue(percent) is { } weight)
            {
                return await call.SayAsync(rollout,
                    await call.Admin.SetWeightAsync(rollout, weight, call.Parsed.GetValue(version), call.Source, call.Stop));
            }

            var now = (await call.Admin.WeightAsync(rollout, call.Stop)).As<Now>();
            await call.Out.WriteLineAsync(Figures.Percent(now.Weight));
            return ExitCodes.Done;
        }, symbols: [name, percent, version]);
    }

    /// <summary>Only asks for a number: which numbers are weights is the admin side's rule, told in its own sentence.</summary>
    private static decimal? Percent(ArgumentResult result)
    {
        const NumberStyles plain = NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign;
        var text = result.Tokens[0].Value;
        if (decimal.TryParse(text.TrimEnd('%'), plain, CultureInfo.InvariantCulture, out var percent))
        {
            return percent;
        }

        result.AddError($"'{text}' is no weight; give per cent like 5, 12.5 or 12.5%.");
        return null;
    }

    private sealed record Now([property: JsonRequired] decimal Weight);
}
