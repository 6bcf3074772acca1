using System.Collections.Immutable;
using System.Text.RegularExpressions;
using Snapback.Control.Expressions;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Plans;

/// <summary>Reads the objectives that are asked for at an interval: queries, web checks, and the canary's own responses per interval.</summary>
internal static partial class ChecksReader
{
    private const string QueryExample = "{ query: \"sum(rate(…))\", provider: prometheus, max: 0.005, interval: 1m }";
    private const string WebExample = "{ web: http://checks/ready, jsonPath: $.ready, success: \"result == true\", interval: 1m }";
    private const string ResponsesExample = "{ metric: success-rate, min: 99.5%, interval: 1m, rule: 5 consecutive }";
    public const int MostRuns = 10_000;
    public const int MostIntervals = 100;

    /// <summary>In a rule, which has four digits.</summary>
    public const int MostFailures = 9999;

    private const string Shared = "shared";

    private static readonly string[] Common = ["name", "min", "max", "interval", "delay", "rule", "count", "from", "onBreach", "onNoData"];
    private static readonly string[] Query = ["query", "provider", "address", "timeout", "success", "failure", .. Common];
    private static readonly string[] Web = ["web", "method", "body", "headers", "jsonPath", "timeout", "success", "failure", .. Common];
    private static readonly string[] Responses = ["metric", "window", .. Common];

    private static readonly string[] Conditions = ["min", "max", "success", "failure"];

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ShortestInterval = TimeSpan.FromMilliseconds(100);
    public static readonly Choice<bool> Breach = new(("rollback", false), ("notify", true));
    public static readonly Choice<bool> NoData = new(("hold", false), ("fail", true));
    private static readonly Choice<bool> Methods = new(("GET", false), ("POST", true));

    /// <summary>An objective of this kind, and not one that is judged on every response.</summary>
    public static bool IsCheck(PlanNode node) =>
        node is PlanMap map && (map.Entries.ContainsKey("query") || map.Entries.ContainsKey("web") || map.Entries.ContainsKey("interval"));

    /// <param name="steps">How many the plan has.</param>
    /// <param name="together">Failed checks in all that roll back; null if the plan does not say.</param>
    public static ImmutableArray<IntervalCheck> Read(PlanSection plan, int steps, int? together, Problems problems)
    {
        var read = (plan.List("objectives") ?? [])
            .Where(IsCheck)
            .Select(node => Check(node, steps, together ?? 1, problems))
            .OfType<Located<IntervalCheck>>()
            .ToList();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        var checks = ImmutableArray.CreateBuilder<IntervalCheck>();
        foreach (var (check, at) in read)
        {
            var name = check.Name;
            // Names that nobody gave are told apart by a number; one that was given twice is a mistake.
            for (var i = 2; !names.Add(name); i++)
            {
                if (((PlanMap)at).Entries.ContainsKey("name"))
                {
                    problems.Add(at, $"The name {Shown.Quoted(name)} is taken.", "Give each query and check a name of its own.");
                    break;
                }

                name = $"{check.Name}-{i}";
            }

            checks.Add(check with { Name = name });
        }

        return checks.ToImmutable();
    }

    private static Located<IntervalCheck>? Check(PlanNode node, int steps, int together, Problems problems)
    {
        var map = (PlanMap)node;
        var (keys, example) = map.Entries.ContainsKey("query") ? (Query, QueryExample)
            : map.Entries.ContainsKey("web") ? (Web, WebExample)
            : (Responses, ResponsesExample);
        var section = PlanSection.Open(node, keys, example, problems)!;
        var (source, name) = keys == Query ? Prometheus(section) : keys == Web ? WebCheck(section, problems) : Own(section);
        var condition = Condition(section, source, example, problems);
        var interval = section.Value("interval", Interval);
        if (section.Find("interval") is null)
        {
            section.Missing("interval", "Nothing says how often it is asked.", "Add: interval: 1m.");
        }

        var from = section.Value("from", text => text == "0" ? 0 : Whole(text));
        if (from is { Value: 0 } && source is CheckSource.Responses)
        {
            problems.Add(
                from.At,
                "Before the first step the canary has no responses that could be summed up.",
                "Begin at step 1, or ask a query or a web check.");
        }
        else if (from is { } first && first.Value > steps)
        {
            problems.Add(first.At, $"There is no step {first.Value}: the plan has {steps}.", "Count from 1, the step at 100% included.");
        }

        // All of them are read before the result is looked at: the operator sees every error in one go.
        var named = section.Value("name", Names.Any)?.Value ?? name;
        var (delay, rule, count) = (
            section.Value("delay", DurationReader.Parse),
            section.Value("rule", text => text == Shared ? new IntervalRule(IntervalRuleKind.Shared, together) : Rule(text)),
            section.Value("count", Whole));
        var onlyNotifies = section.Value("onBreach", Breach.Parse)?.Value ?? false;
        var noDataFails = section.Value("onNoData", NoData.Parse)?.Value ?? false;
        if (section.Value("window", Interval) is { } window && source is CheckSource.Responses own && interval is { } every)
        {
            source = own with { Window = window.Value };
            if (window.Value < every.Value || window.Value > every.Value * MostIntervals)
            {
                problems.Add(
                    window.At,
                    $"A window is as long as the interval or longer, up to {MostIntervals} of them; " +
                    $"this one is {Durations.Format(window.Value)} at an interval of {Durations.Format(every.Value)}.",
                    "Write, say, the interval.");
            }
        }

        return source is null || interval is null ? null : new Located<IntervalCheck>(
            new IntervalCheck(named, source, condition)
            {
                Interval = interval.Value,
                Delay = delay?.Value ?? TimeSpan.Zero,
                Rule = rule?.Value ?? IntervalRule.First,
                Count = count?.Value,
                From = from?.Value ?? 1,
                OnlyNotifies = onlyNotifies,
                NoDataFails = noDataFails,
            },
            node);
    }

    private static (CheckSource? Source, string Name) Prometheus(PlanSection section)
    {
        var query = section.Value<string>("query", text => text.Trim() is { Length: > 0 and <= 10_000 } trimmed
            ? trimmed
            : new Fault("The query is empty, or longer than 10000 characters.", $"Write {QueryExample}."));
        var provider = section.Value("provider", Names.Any);
        var address = section.Value("address", Urls.Parse);
        var timeout = section.Value("timeout", DurationReader.Parse)?.Value ?? DefaultTimeout;
        return (
            query is { } given
                ? new CheckSource.Prometheus(given.Value, provider?.Value ?? "prometheus", address?.Value, timeout)
                : null,
            "query");
    }

    private static (CheckSource? Source, string Name) WebCheck(PlanSection section, Problems problems)
    {
        var url = section.Value("web", Urls.Parse);
        var method = section.Value("method", Methods.Parse) is { } given ? given.Value ? "POST" : "GET" : null;
        var body = section.Value<string>("body", text => text)?.Value;
        var path = section.Value("jsonPath", Path)?.Value;
        var headers = Headers(section, problems);
        var timeout = section.Value("timeout", DurationReader.Parse)?.Value ?? DefaultTimeout;
        return url is { } to
            ? (new CheckSource.Web(to.Value, method ?? (body is null ? "GET" : "POST"), body, path, headers, timeout), to.Value.Host)
            : (null, "web");
    }

    private static ImmutableSortedDictionary<string, string> Headers(PlanSection section, Problems problems)
    {
        var headers = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.OrdinalIgnoreCase);
        if (section.Find("headers") is not { } node)
        {
            return headers.ToImmutable();
        }

        if (node is not PlanMap map)
        {
            problems.Add(node, "The headers are names with values.", "Write headers: { Accept: application/json }.");
            return headers.ToImmutable();
        }

        foreach (var (name, entry) in map.Entries)
        {
            if (!Names.IsToken(name) || entry.Value is not PlanScalar value || value.Text.AsSpan().ContainsAny('\r', '\n'))
            {
                problems.Add(entry.Value, $"{Shown.Quoted(name)} is no header with one value.", "Write headers: { Accept: application/json }.");
                continue;
            }

            headers[name] = value.Text;
        }

        return headers.ToImmutable();
    }

    private static (CheckSource? Source, string Name) Own(PlanSection section)
    {
        if (section.Find("metric") is null)
        {
            section.Missing("metric", "The objective names no metric, query or web check.", $"Write it as {ResponsesExample}.");
        }

        return section.Value("metric", ObjectivesReader.Metric) is { } metric
            ? (new CheckSource.Responses(metric.Value is { } budget ? 1 - budget : null), ((PlanScalar)metric.At).Text + "-checks")
            : (null, "");
    }

    private static CheckCondition Condition(PlanSection section, CheckSource? source, string example, Problems problems)
    {
        var read = source is CheckSource.Responses { Quantile: { } } ? (Func<string, Parsed<double>>)Milliseconds
            : source is CheckSource.Responses ? PerCent
            : Number;
        var condition = new CheckCondition(
            section.Value("min", read)?.Value,
            section.Value("max", read)?.Value,
            section.Value("success", Expressed)?.Value,
            section.Value("failure", Expressed)?.Value);
        if (!Conditions.Any(key => section.Find(key) is not null))
        {
            section.Missing(
                source is CheckSource.Responses { Quantile: null } ? "min" : "max",
                "Nothing says what a good answer is.",
                $"Write it as {example}.");
        }

        if (condition is { Min: { } min, Max: { } max } && min > max)
        {
            problems.Add(section.Find("min")!, "No value is at least min and at most max.", "Let min be the smaller.");
        }

        return condition;
    }

    private static Parsed<double> Number(string text) => Numbers.Parse(text) is var number && number.Fault is { } fault
        ? fault
        : (double)number.Value;

    private static Parsed<double> PerCent(string text) => Shares.Budget(text) is var budget && budget.Fault is { } fault
        ? fault
        : (double)(100 - (decimal)budget.Value * 100);

    private static Parsed<double> Milliseconds(string text) =>
        DurationReader.Parse(text) is var duration && duration.Fault is { } fault ? fault : duration.Value.TotalMilliseconds;

    private static Parsed<string> Path(string text) =>
        JsonPath.TryParse(text, out _, out var error) ? text : new Fault(error, "Write a path such as $.items[0].ok.");

    private static Parsed<string> Expressed(string text) => Expression.TryParse(text, out _, out var error)
        ? text
        : new Fault(
            $"The expression {Shown.Quoted(text)} is not understood: {error}",
            "Write, say, result >= 0.95, with result for what was answered.");

    private static Parsed<TimeSpan> Interval(string text) =>
        DurationReader.Parse(text) is { Fault: null } interval && interval.Value < ShortestInterval
            ? new Fault($"{Shown.Plain(text)} is shorter than {Durations.Format(ShortestInterval)}.", "Write, say, 1m.")
            : DurationReader.Parse(text);

    public static Parsed<int> Whole(string text) =>
        Numbers.Parse(text) is { Fault: null, Value: >= 1 and <= MostRuns } number && decimal.IsInteger(number.Value)
            ? (int)number.Value
            : new Fault($"{Shown.Quoted(text)} is not a whole number from 1 to {MostRuns}.", "Write, say, 3.");

    private static Parsed<IntervalRule> Rule(string text)
    {
        var match = Rules().Match(text);
        var failures = match.Success ? int.Parse(match.Groups[1].Value) : 0;
        var of = match.Groups[3].Success ? int.Parse(match.Groups[3].Value) : 0;
        if (failures < 1 || (of > 0 && failures > of))
        {
            return new Fault(
                $"{Shown.Quoted(text)} is not a rule.",
                "Write 5 consecutive, 5 cumulative, 3 of 5, or shared (with failedChecks in the plan).");
        }

        return of > 0
            ? new IntervalRule(IntervalRuleKind.OutOf, failures, of)
            : new IntervalRule(match.Groups[2].Value == "consecutive" ? IntervalRuleKind.Consecutive : IntervalRuleKind.Cumulative, failures);
    }

    [GeneratedRegex(@"^([1-9][0-9]{0,3}) (?:(consecutive|cumulative)|of ([1-9][0-9]{0,3}))\z")]
    private static partial Regex Rules();
}
