using System.Collections.Immutable;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>The judge's own keys: a number, or <c>off</c>.</summary>
internal static class JudgeReader
{
    private const string Off = "off";
    private const double HighestRatio = 1000;

    public static JudgeTerms Read(PlanSection plan, ImmutableArray<Objective> objectives, Problems problems)
    {
        var standard = JudgeTerms.Default;
        var terms = new JudgeTerms
        {
            Admission = Read(plan, "admission", Count, standard.Admission),
            HarmCap = Read(plan, "harmCap", Count, standard.HarmCap),
            MaxRatioToStable = Read(plan, "maxRatioToStable", Ratio, standard.MaxRatioToStable),
            MaxLatencyRatioToStable = Read(plan, "maxLatencyRatioToStable", Ratio, standard.MaxLatencyRatioToStable),
            WarmUp = Read(plan, "warmUp", Count, standard.WarmUp),
            ConsecutiveFailures = Read(plan, "consecutiveFailures", Count, standard.ConsecutiveFailures),
            Attribution = plan.Value("attribution", Switch.Parse)?.Value ?? standard.Attribution,
        };
        if (terms.ConsecutiveFailures is not null
            && !objectives.IsEmpty
            && objectives.All(objective => objective.Metric != ObjectiveMetric.SuccessRate))
        {
            problems.Add(
                plan.Find("consecutiveFailures")!,
                "consecutiveFailures replaces the evidence against a success rate, and the plan has none.",
                "Add { metric: success-rate, min: 99.5% } to the objectives, or leave it out.");
        }

        return terms;
    }

    private static readonly Choice<bool> Switch = new(("on", true), (Off, false));

    private static T? Read<T>(PlanSection plan, string key, Func<string, Parsed<T?>> parse, T? standard)
        where T : struct =>
        plan.Value(key, parse) is { } located ? located.Value : standard;

    private static Parsed<int?> Count(string text)
    {
        if (text == Off)
        {
            return (int?)null;
        }

        var number = Numbers.Parse(text);
        if (number.Fault is { } fault)
        {
            return new Fault(fault.Message, $"{fault.Remedy.TrimEnd('.')}, or off.");
        }

        return number.Value is >= 1 and <= 1_000_000 && decimal.IsInteger(number.Value)
            ? (int)number.Value
            : new Fault($"{Shown.Plain(text)} is not a whole number from 1 to 1000000.", "Write a number such as 2, or off.");
    }

    private static Parsed<double?> Ratio(string text)
    {
        if (text == Off)
        {
            return (double?)null;
        }

        var number = Numbers.Parse(text);
        if (number.Fault is { } fault)
        {
            return new Fault(fault.Message, $"{fault.Remedy.TrimEnd('.')}, or off.");
        }

        return (double)number.Value is >= 1 and <= HighestRatio
            ? (double)number.Value
            : new Fault(
                $"{Shown.Plain(text)} is not a ratio from 1 to {HighestRatio}.",
                "Write how many times stable's figure is allowed, such as 2, or off.");
    }
}
