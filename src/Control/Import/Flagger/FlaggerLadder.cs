using System.Globalization;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Flagger;

/// <summary>Flagger's weights as steps: one interval at each.</summary>
internal static class FlaggerLadder
{
    private const int Whole = 100;
    private const int MostIterations = 10_000;

    public static IReadOnlyList<PlanNode> Steps(Fields analysis, TimeSpan interval, FlaggerTerms terms)
    {
        var iterations = analysis.Whole("iterations") ?? 0;
        if (iterations > MostIterations)
        {
            analysis.Problems.Add(analysis.Find("iterations")!, $"{iterations} iterations are more than {MostIterations}.", "Write, say, 10.");
            return [];
        }

        analysis.Without(
            "stepWeightPromotion",
            "The way back to the primary in steps has no counterpart: the canary keeps the traffic and the arms change roles.",
            "It is left out.");
        if (analysis.List("match").Count > 0 && iterations > 0 && terms.Provider != "kubernetes")
        {
            analysis.Without("mirror", "Flagger mirrors no A/B test.", "It is left out.");
            analysis.Find("mirrorWeight");
            return [FullStep(analysis, interval * iterations, bake =>
                $"A/B test: whoever matches gets the canary at 100% for {iterations} × {Durations.Format(interval)}, " +
                "with the rollback armed, and nobody else; the promotion gives it to everybody.")];
        }

        if (iterations > 0 || terms.Provider == "kubernetes")
        {
            var whole = interval * (iterations > 0 ? iterations : 10);
            return Mirror(analysis, whole) is { } mirror
                ? [
                    mirror,
                    FullStep(
                        analysis,
                        interval,
                        bake =>
                            $"Blue-green: after the copies the new version takes 100% and bakes for {bake}, with the rollback armed; " +
                            "Flagger promotes at once."),
                ]
                : [FullStep(analysis, whole, bake =>
                    $"Blue-green: Flagger tests the new version without traffic for {bake}; " +
                    $"here it takes 100% at the start and bakes for {bake}, with the rollback armed.")];
        }

        var listed = analysis.List("stepWeights");
        var weights = listed.Count > 0 ? Listed(analysis, listed) : Counted(analysis);
        if (listed.Count == 0 && !analysis.Has("stepWeight"))
        {
            analysis.Problems.Add(
                analysis.At,
                "The analysis has no stepWeight, no stepWeights and no iterations.",
                "Give it one, such as stepWeight: 5 with maxWeight: 50.");
            return [];
        }

        IEnumerable<PlanNode> first = Mirror(analysis, interval) is { } copies ? [copies] : [];
        return [.. first, .. weights.Select(weight => Step(weight, interval)), .. End(weights, interval, analysis)];
    }

    /// <summary>Flagger's mirrored traffic at weight 0 as a shadow step; null without.</summary>
    private static PlanMap? Mirror(Fields analysis, TimeSpan hold)
    {
        // Without a weight Flagger takes all of it, and 0 for none.
        var share = analysis.Scalar("mirrorWeight") is { Text: not "0" } given ? given : null;
        if (!analysis.IsTrue("mirror"))
        {
            return null;
        }

        analysis.Problems.Note(
            $"Mirrored traffic is a shadow step of {Durations.Format(hold)}: copies of GET requests without bodies and credentials, as docs/shadow.md says.");
        return new NativeMap(analysis.Find("mirror")!).Set("shadow", $"{share?.Text ?? "100"}%", share).Set("hold", Durations.Format(hold)).Node;
    }

    private static PlanMap FullStep(Fields analysis, TimeSpan bake, Func<string, string> note)
    {
        if (((string[])["stepWeight", "stepWeights", "maxWeight"]).Where(analysis.Has).ToList() is { Count: > 0 } unused)
        {
            var why = analysis.Has("iterations") ? "Beside iterations" : "With the provider kubernetes, which shifts no traffic,";
            analysis.Problems.Note($"{why} Flagger ignores {string.Join(" and ", unused)}, and so does the plan.");
        }

        analysis.Problems.Note(note(Durations.Format(bake)));
        return new NativeMap(analysis.Find("iterations") ?? analysis.At).Set("weight", "100%").Set("bake", Durations.Format(bake)).Node;
    }

    private static List<PlanScalar> Listed(Fields analysis, IReadOnlyList<PlanNode> listed)
    {
        if (analysis.Has("maxWeight"))
        {
            analysis.Problems.Note("Beside stepWeights Flagger ignores maxWeight, and so does the plan.");
        }

        analysis.Without("stepWeight", "Flagger takes one of stepWeight and stepWeights.", "It is left out.");
        foreach (var odd in listed.Where(item => item is not (PlanScalar or PlanBroken)))
        {
            analysis.Problems.Add(odd, "This is no weight.", "Write a number from 1 to 100, or remove it.");
        }

        return [.. listed.OfType<PlanScalar>().Select(scalar =>
            ManifestNumbers.Whole(scalar.Text) is { Fault: null, Value: > Whole } ? NativeMap.Scalar("100", scalar) : scalar)];
    }

    /// <summary>The greatest weight is compared before the step is added: 20 with a maximum of 50 gives 20, 40 and 60.</summary>
    private static List<PlanScalar> Counted(Fields analysis)
    {
        var most = Math.Min(analysis.Whole("maxWeight") is { } given and > 0 ? given : Whole, Whole);
        if (analysis.Scalar("stepWeight") is not { } at || analysis.Whole("stepWeight") is not { } step)
        {
            return [];
        }

        if (step is < 1 or > Whole)
        {
            analysis.Problems.Add(at, $"{step} is not a stepWeight from 1 to 100.", "Write, say, 5.");
            return [];
        }

        var weights = new List<PlanScalar>();
        for (var weight = 0; weight < most; weights.Add(NativeMap.Scalar(weight.ToString(CultureInfo.InvariantCulture), at)))
        {
            weight = Math.Min(weight + step, Whole);
        }

        if (int.Parse(weights[^1].Text, CultureInfo.InvariantCulture) is var last && last > most)
        {
            analysis.Problems.Note($"The last weight is {last}%: Flagger too compares with maxWeight ({most}) before it adds a step.");
        }

        return weights;
    }

    private static PlanMap Step(PlanScalar weight, TimeSpan interval) => new NativeMap(weight)
        .Set("weight", weight.Text.EndsWith('%') ? weight.Text : weight.Text + "%")
        .Set(weight.Text == "100" ? "bake" : "hold", Durations.Format(interval)).Node;

    private static IEnumerable<PlanMap> End(List<PlanScalar> weights, TimeSpan interval, Fields analysis)
    {
        if (weights.Count == 0 || weights[^1].Text == "100")
        {
            yield break;
        }

        analysis.Problems.Note(
            $"After {weights[^1].Text}% Flagger copies the canary over the primary, unwatched; " +
            $"here the canary takes 100% and bakes for {Durations.Format(interval)}, with the rollback armed, before it is promoted.");
        yield return new NativeMap(weights[^1]).Set("weight", "100%").Set("bake", Durations.Format(interval)).Node;
    }
}
