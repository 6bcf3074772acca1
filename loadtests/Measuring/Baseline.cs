using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Snapback.LoadTests.Measuring;

/// <summary>
/// The ratios of a former run. Ratios to a peer of the same minutes can be compared between days, times cannot; and neither between processors: another
/// one takes twice as long for an interlocked add and half as long for a hash.
/// </summary>
internal sealed record Baseline(string Processor, IReadOnlyDictionary<string, Spread> Ratios)
{
    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Baseline? Load(string scenario) => File.Exists(PathOf(scenario))
        ? JsonSerializer.Deserialize<Baseline>(File.ReadAllText(PathOf(scenario)), Readable)
        : null;

    public string Save(string scenario)
    {
        // A run may measure a part of the scenario.
        var rest = Load(scenario) is { } last && last.Processor == Processor ? last.Ratios.ToDictionary() : [];
        var all = new SortedDictionary<string, Spread>(rest, StringComparer.Ordinal);
        foreach (var (name, ratio) in Ratios)
        {
            all[name] = new Spread(Round(ratio.Median), Round(ratio.Low), Round(ratio.High));
        }

        File.WriteAllText(PathOf(scenario), JsonSerializer.Serialize(this with { Ratios = all }, Readable) + "\n");
        return PathOf(scenario);

        static double Round(double value) => Math.Round(value, 3);
    }

    /// <summary>A sentence for each ratio whose medians are further apart than both runs' quartile ranges together.</summary>
    public IReadOnlyList<string> Moved(Baseline now, double least)
    {
        if (now.Processor != Processor)
        {
            return [$"Not compared with the baseline: that is of '{Processor}', and this of '{now.Processor}'. Make one here with --save."];
        }

        var known = now.Ratios.Where(ratio => Ratios.ContainsKey(ratio.Key)).ToList();
        var moved = known
            .Select(ratio => (ratio.Key, Now: ratio.Value, Then: Ratios[ratio.Key]))
            .Where(pair => Math.Abs(pair.Now.Median - pair.Then.Median)
                > Math.Max(least * pair.Then.Median, pair.Now.High - pair.Now.Low + pair.Then.High - pair.Then.Low))
            .Select(pair => $"Moved: {pair.Key} is {pair.Now.Text("0.00")}, the baseline {pair.Then.Text("0.00")}.")
            .ToList();
        return moved.Count > 0 || known.Count == 0 ? moved : [$"Nothing moved by more than its noise since the baseline ({known.Count} ratios compared)."];
    }

    private static string PathOf(string scenario, [CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "baselines", scenario + ".json"));
}
