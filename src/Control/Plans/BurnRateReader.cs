using System.Text.Json;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads and writes the burn rate objective.</summary>
internal static class BurnRateReader
{
    private const string Example = "{ burnRate: { objective: 99.9%, rules: [ { window: 1h, short: 5m, factor: 14.4 } ] } }";
    private const double HighestFactor = 100_000;

    private static readonly string[] Keys = ["objective", "rules", "minEvents"];
    private static readonly string[] RuleKeys = ["window", "short", "factor", "relativeToStable", "onBreach"];

    public static bool IsBurnRate(PlanNode node) => node is PlanMap map && map.Entries.ContainsKey("burnRate");

    /// <param name="ladder">The steps, for what a window can be filled with.</param>
    public static BurnRate? Read(PlanSection plan, IReadOnlyList<Step> ladder, Problems problems)
    {
        var nodes = (plan.List("objectives") ?? []).Where(IsBurnRate).ToList();
        foreach (var second in nodes.Skip(1))
        {
            problems.Add(second, "This is a second burn rate.", "Give one burn rate all of the rules.");
        }

        if (nodes is not [var node, ..] || PlanSection.Open(node, ["burnRate"], Example, problems)?.Find("burnRate") is not { } value
            || PlanSection.Open(value, Keys, Example, problems) is not { } section)
        {
            return null;
        }

        if (section.Find("objective") is null)
        {
            section.Missing("objective", "The burn rate has no objective to burn the budget of.", $"Write it as {Example}.");
        }

        var budget = section.Value("objective", Shares.Budget)?.Value ?? 0.001;
        var rules = section.Find("rules") is null
            ? BurnRate.Workbook
            : [.. (section.List("rules") ?? []).Select(rule => Rule(rule, problems)).OfType<BurnRule>()];
        if (rules.IsEmpty && section.Find("rules") is PlanList { Items.Count: 0 } none)
        {
            problems.Add(none, "There are no rules.", "Write one, or leave the key out for the Workbook's pairs.");
        }

        var burn = new BurnRate(budget, rules, section.Value("minEvents", Events)?.Value ?? BurnRate.DefaultMinEvents);
        Tell(burn, ladder, problems);
        return burn;
    }

    public static void Write(Utf8JsonWriter json, BurnRate burn)
    {
        json.WriteStartObject();
        json.WriteStartObject("burnRate");
        json.WriteString("objective", Shares.Format((1 - (decimal)burn.Budget) * 100));
        json.WriteStartArray("rules");
        foreach (var rule in burn.Rules)
        {
            json.WriteStartObject();
            json.WriteString("window", Durations.Format(rule.Window));
            if (rule.ShortWindow is { } with)
            {
                json.WriteString("short", Durations.Format(with));
            }

            Number(json, "factor", rule.Factor);
            Number(json, "relativeToStable", rule.RelativeToStable);
            if (rule.OnlyNotifies)
            {
                json.WriteString("onBreach", "notify");
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteNumber("minEvents", burn.MinEvents);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static BurnRule? Rule(PlanNode node, Problems problems)
    {
        if (PlanSection.Open(node, RuleKeys, "{ window: 1h, short: 5m, factor: 14.4 }", problems) is not { } rule)
        {
            return null;
        }

        var window = rule.Value("window", DurationReader.Parse);
        var with = rule.Value("short", DurationReader.Parse);
        var (factor, relative) = (rule.Value("factor", Factor), rule.Value("relativeToStable", Factor));
        var onlyNotifies = rule.Value("onBreach", ChecksReader.Breach.Parse)?.Value ?? false;
        if (rule.Find("window") is null)
        {
            rule.Missing("window", "The rule has no window.", "Write { window: 1h, short: 5m, factor: 14.4 }.");
        }

        if (rule.Find("factor") is null && rule.Find("relativeToStable") is null)
        {
            rule.Missing("factor", "The rule does not say how fast is too fast.", "Add: factor: 14.4, or relativeToStable: 10.");
        }

        if (window is { } far && with is { } near && near.Value >= far.Value)
        {
            problems.Add(
                near.At,
                $"The short window of {Durations.Format(near.Value)} is not shorter than {Durations.Format(far.Value)}.",
                "The Workbook takes a twelfth: 5m beside 1h.");
        }

        return window is { } given ? new BurnRule(given.Value, with?.Value, factor?.Value, relative?.Value, onlyNotifies) : null;
    }

    private static void Tell(BurnRate burn, IReadOnlyList<Step> ladder, Problems problems)
    {
        var life = TimeSpan.FromTicks(ladder.Sum(step => step.Hold.Ticks));
        foreach (var window in burn.Windows.Where(window => window > life))
        {
            problems.Note(
                $"The burn rate's window of {Durations.Format(window)} is longer than the ladder ({Durations.Format(life)}): " +
                "it holds what there is since the start, never a whole window.");
        }
    }

    private static void Number(Utf8JsonWriter json, string key, double? value)
    {
        if (value is { } number)
        {
            json.WriteNumber(key, (decimal)number);
        }
    }

    private static Parsed<double> Factor(string text) =>
        Numbers.Parse(text) is { Fault: null, Value: > 0 } number && (double)number.Value <= HighestFactor
            ? (double)number.Value
            : new Fault($"{Shown.Quoted(text)} is not a factor above 0.", "Write how many times too fast, such as 14.4.");

    private static Parsed<int> Events(string text) => Numbers.Count(text);
}
