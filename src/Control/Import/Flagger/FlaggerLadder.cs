using System.Globalization;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Import.Flagger;

/// <summary>Flagger's weights as steps: one interval at each.</summary>
internal static class FlaggerLadder
{
    private const int Whole = 100;

    public static IReadOnlyList<PlanNode> Steps(Fields analysis, TimeSpan interval, FlaggerTerms terms)
    {
        var iterations = analysis.Whole("iterations") ?? 0;
        var matches = analysis.List("match");
        analysis.Without("mirror", "Mirrored traffic before the first step is not imported.", "It is left out; the first step takes real traffic, behind the admission window.");
        analysis.Without("mirrorWeight", "Mirrored traffic before the first step is not imported.", "It is left out.");
        analysis.Without("stepWeightPromotion", "The way back to the primary in steps has no counterpart: the canary keeps the traffic and the arms change roles.", "It is left out.");
        if (iterations > 0 && matches.Count > 0)
        {
            analysis.Problems.Add(
                analysis.Find("match")!,
                "This is an A/B test: 100% of the requests that match, and none of the others. Imported as a canary it would go to everybody.",
                "Write the plan natively with a segment, or turn the Canary into weights with stepWeight.");
            return [];
        }

        if (matches.Count > 0)
        {
            analysis.Without("match", "Match conditions without iterations have no effect in Flagger.", "They are left out.");
        }

        if (iterations > 0 || terms.Provider == "kubernetes")
        {
            return [BlueGreen(analysis, interval * Math.Max(iterations, iterations > 0 ? 1 : 10))];
        }

        var weights = analysis.Has("stepWeights") ? Listed(analysis) : Counted(analysis);
        if (weights.Count == 0 && !analysis.Has("stepWeight"))
        {
            analysis.Problems.Add(analysis.At, "The analysis has no stepWeight, no stepWeights and no iterations.", "Give it one, such as stepWeight: 5 with maxWeight: 50.");
            return [];
        }

        return [.. weights.Select(weight => Step(weight, interval)), .. End(weights, interval, analysis)];
    }

    private static PlanMap BlueGreen(Fields analysis, TimeSpan bake)
    {
        analysis.Find("stepWeight");
        analysis.Find("maxWeight");
        var at = analysis.Find("iterations") ?? analysis.At;
        analysis.Problems.Note(
            $"Blue-green: Flagger tests the new version without traffic for {Durations.Format(bake)}; here it takes 100% at the start and bakes for {Durations.Format(bake)}, with the rollback armed.");
        return new NativeMap(at).Set("weight", "100%").Set("bake", Durations.Format(bake)).Node;
    }

    private static List<PlanScalar> Listed(Fields analysis)
    {
        analysis.Find("maxWeight");
        analysis.Find("stepWeight");
        return [.. analysis.List("stepWeights").OfType<PlanScalar>().Select(scalar =>
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
            $"After {weights[^1].Text}% Flagger copies the canary over the primary, unwatched; here the canary takes 100% and bakes for {Durations.Format(interval)}, with the rollback armed, before it is promoted.");
        yield return new NativeMap(weights[^1]).Set("weight", "100%").Set("bake", Durations.Format(interval)).Node;
    }
}
