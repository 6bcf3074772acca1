using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Snapback.Control.Simulation;

namespace Snapback.Proxy.Commands;

/// <summary>The traffic model on the command line. What is not given is what <see cref="TrafficModel"/> says.</summary>
internal sealed class SimulateOptions
{
    private const int MostRuns = 1_000_000;
    private const int MostReplicas = 1_000;
    private const int MostAtOnce = 10_000;

    private readonly Option<double?> _rps = new("--rps")
    {
        Description = "Requests per second to both arms together. [default: 100]",
        HelpName = "N",
        CustomParser = result => Number(result, "--rps", 0.01, 1e6),
    };

    private readonly Option<double?> _healthy = Share("--healthy", "Failure rate of both arms while they are well. [default: 0.1%]");
    private readonly Option<double?> _slow = Share("--slow", "Share of the healthy answers that take ten times as long. [default: 1%]");

    private readonly Option<double?> _safe = new("--safe")
    {
        Description = "Share of the requests that the shield may replay on stable. [default: 80%]",
        HelpName = "P",
        CustomParser = result => Percent(result, "--safe", result.Tokens[0].Value, zero: true, whole: true),
    };

    private readonly Option<double[]> _bad = new("--bad")
    {
        Description = "Failure rate of a bad canary; repeatable. [default: 1% 2% 5% 20% 100%]",
        HelpName = "P",
        AllowMultipleArgumentsPerToken = true,
        CustomParser = result => [.. result.Tokens.Select(token => Percent(result, "--bad", token.Value, zero: false, whole: true) ?? 0)],
    };

    private readonly Option<LatencyModel?> _latency = new("--latency")
    {
        Description = "Median and p95 of the healthy latency, in ms. [default: 40/120]",
        HelpName = "P50/P95",
        CustomParser = Latency,
    };

    private readonly Option<TimeSpan?> _breaksAfter = new("--breaks-after")
    {
        Description = "When the canary breaks. [default: it is bad from its first request]",
        HelpName = "DURATION",
        CustomParser = DurationOption.Parse,
    };

    private readonly Option<int?> _burst = Whole(
        "--burst", "N", "Failures come so many at once, at the same rate overall. [default: 1]", 1, MostAtOnce);
    private readonly Option<int?> _replicas = Whole(
        "--replicas", "N", "Proxies that share the traffic, each with a judge of its own. [default: 1]", 1, MostReplicas);
    private readonly Option<int?> _runs = Whole("--runs", "N", "Rollouts to play for each scenario. [default: 1000, or what a few minutes allow]", 1, MostRuns);
    private readonly Option<int?> _seed = Whole("--seed", "N", "The same seed gives the same numbers. [default: 1]", 0, int.MaxValue);
    private readonly Option<int?> _admission = Whole(
        "--admission",
        "N|off",
        "Canary requests at once before it has proved anything. [default: the plan's]",
        0,
        MostAtOnce,
        orOff: true);

    public IEnumerable<Option> All => [_rps, _healthy, _bad, _burst, _latency, _slow, _safe, _breaksAfter, _admission, _replicas, _runs, _seed];

    public SimulationRequest Of(ParseResult parsed, SimulationRequest standard)
    {
        var traffic = standard.Traffic;
        var latency = parsed.GetValue(_latency) ?? traffic.Latency;
        var request = standard with
        {
            Traffic = traffic with
            {
                PerSecond = parsed.GetValue(_rps) ?? traffic.PerSecond,
                Healthy = parsed.GetValue(_healthy) ?? traffic.Healthy,
                Latency = latency with { SlowShare = parsed.GetValue(_slow) ?? traffic.Latency.SlowShare },
                Safe = parsed.GetValue(_safe) ?? traffic.Safe,
                Burst = parsed.GetValue(_burst) ?? traffic.Burst,
                Replicas = parsed.GetValue(_replicas) ?? traffic.Replicas,
                BreaksAfter = parsed.GetValue(_breaksAfter)?.TotalSeconds ?? traffic.BreaksAfter,
            },
            Scenarios = parsed.GetValue(_bad) is { Length: > 0 } rates ? Scenario.All(rates) : standard.Scenarios,
            Admission = (parsed.GetValue(_admission) ?? standard.Admission) is > 0 and var window ? window : null,
            Seed = parsed.GetValue(_seed) ?? standard.Seed,
        };
        return request with { Runs = parsed.GetValue(_runs) ?? SimulationEffort.RunsFor(request) };
    }

    private static Option<double?> Share(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "P",
        CustomParser = result => Percent(result, name, result.Tokens[0].Value, zero: true, whole: false),
    };

    private static Option<int?> Whole(string name, string help, string description, int least, int most, bool orOff = false) => new(name)
    {
        Description = description,
        HelpName = help,
        CustomParser = result => orOff && result.Tokens[0].Value == "off" ? 0 : (int?)Number(result, name, orOff ? 1 : least, most, whole: true),
    };

    private static double? Number(ArgumentResult result, string name, double least, double most, bool whole = false)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most && (!whole || number == Math.Floor(number)))
        {
            return number;
        }

        result.AddError($"{name} is '{text}'; give a {(whole ? "whole " : "")}number from {least} to {most}.");
        return null;
    }

    /// <summary>Per cent as plans write it: 1% and 1 are the same.</summary>
    private static double? Percent(ArgumentResult result, string name, string text, bool zero, bool whole)
    {
        if (double.TryParse(text.TrimEnd('%'), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && (percent > 0 || (zero && percent == 0)) && (percent < 100 || (whole && percent == 100)))
        {
            return percent / 100;
        }

        var (least, most) = (zero ? "at least" : "above", whole ? "at most" : "below");
        result.AddError($"{name} is '{text}'; give per cent such as 1% or 0.1%, {least} 0% and {most} 100%.");
        return null;
    }

    private static LatencyModel? Latency(ArgumentResult result)
    {
        const double most = 3_600_000;
        var text = result.Tokens[0].Value;
        if (text.Split('/') is [var left, var right]
            && double.TryParse(left, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var p50)
            && double.TryParse(right, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var p95)
            && p50 > 0 && p95 >= p50 && p95 <= most)
        {
            return new LatencyModel(p50 / 1000, p95 / 1000, 0);
        }

        result.AddError($"--latency is '{text}'; give the median and the p95 in ms, such as 40/120, the second at least the first.");
        return null;
    }
}
