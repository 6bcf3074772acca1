using Snapback.Control.Plans;

namespace Snapback.Control.Import.Argo;

/// <summary>Argo's managed routes: those by header become who always meets the canary, the mirrored ones shadow steps.</summary>
/// <param name="isAny">One of a route's matches is enough, as Istio takes them; for the others all must hold.</param>
internal sealed class ArgoRoutes(bool isAny)
{
    private readonly List<(string Name, bool BeforeWeight, PlanNode Condition)> _headers = [];

    /// <summary>Null if no route by header is left.</summary>
    public PlanMap? Segment() => _headers.Count == 0
        ? null
        : new NativeMap(_headers[0].Condition).Set("always", [.. _headers.Select(route => route.Condition)]).Node;

    /// <param name="hasWeight">Some step before has set one.</param>
    public void Header(Fields step, bool hasWeight)
    {
        if (step.Map("setHeaderRoute") is not { } route)
        {
            return;
        }

        var name = route.Text("name") ?? "";
        var matches = route.Maps("match").ToList();
        route.Close();
        if (matches.Count == 0)
        {
            Remove(step, name, hasWeight);
            return;
        }

        var conditions = matches.Select(match => Condition(match)).ToList();
        if (isAny ? conditions.TrueForAll(condition => condition is null) : conditions.Contains(null))
        {
            step.Without(
                "setHeaderRoute",
                isAny
                    ? "Nothing of the route is understood."
                    : "A part of the route is not understood, and without it the route would take more.",
                "The step is left out.");
            return;
        }

        step.Problems.Note(
            $"Route {Shown.Plain(name)}: whoever matches gets the canary at every weight above 0, to the end; Argo has it from this step on.");
        var understood = conditions.OfType<NativeMap>().Select(condition => condition.Node).ToList();
        List<PlanNode> always = isAny || understood.Count == 1 ? [.. understood] : [new NativeMap(route.At).Set("all", [.. understood]).Node];
        _headers.AddRange(always.Select(condition => (name, !hasWeight, condition)));
    }

    /// <returns>The share of requests that are copied, where a shadow step begins.</returns>
    public static PlanScalar? Mirror(Fields step, bool hasWeight)
    {
        if (step.Map("setMirrorRoute") is not { } route)
        {
            return null;
        }

        route.Find("name");
        var share = route.Scalar("percentage");
        var matches = route.Maps("match").ToList();
        route.Close();
        if (matches.Count == 0)
        {
            // The route ends; so does a shadow step, with the first weight.
            if (share is not null)
            {
                step.Without(
                    "setMirrorRoute",
                    "Without a match Argo ends the route, whatever its percentage.",
                    "The step is left out; write match: [ { method: { exact: GET } } ].");
            }

            return null;
        }

        if (hasWeight)
        {
            step.Without(
                "setMirrorRoute",
                "Copies are made before the first weight; with users on the canary its own answers are judged.",
                "The step is left out.");
            return null;
        }

        if (!matches.Exists(TakesAllReads))
        {
            step.Without(
                "setMirrorRoute",
                "Copies are drawn by share from all GET requests, and not by path, header or another method.",
                "The step is left out; see docs/shadow.md.");
            return null;
        }

        step.Problems.Note("The mirrored route is a shadow step: copies of GET requests without bodies and credentials, as docs/shadow.md says.");
        return share ?? NativeMap.Scalar("100", route.At);
    }

    private void Remove(Fields step, string name, bool hasWeight)
    {
        if (!hasWeight && _headers.RemoveAll(route => route.Name == name && route.BeforeWeight) > 0)
        {
            step.Without(
                "setHeaderRoute",
                "The route ends before the first weight, and the canary has no traffic before that.",
                "The route is left out; testers may use an override.");
        }
    }

    private static NativeMap? Condition(Fields match)
    {
        var name = match.Text("headerName");
        var condition = name is not null && match.At.Entries.TryGetValue("headerValue", out var value)
            ? StringMatch.Condition("header", name, value, match.File)
            : null;
        match.Find("headerValue");
        match.Close();
        return condition;
    }

    private static bool TakesAllReads(Fields match)
    {
        var (method, path) = (match.Map("method"), match.Map("path"));
        return !match.Has("headers")
            && (method is null || (method.At.Entries.Count == 1 && method.Text("exact") == "GET"))
            && (path is null || (path.At.Entries.Count == 1 && path.Text("prefix") == "/"));
    }
}
