using Snapback.Control;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>One rollout on one screen, from what it is to what happens next.</summary>
internal static class StatusScreen
{
    private static readonly Text Gap = new(" ");

    public static IRenderable Of(string name, RolloutView view, Sheet sheet)
    {
        List<IRenderable> parts =
        [
            Header(view.Name ?? name, view, sheet),
            .. Alarms(name, view, sheet),
            Facts(view),
            Gap,
            Bars.Weight(view.Weight, sheet),
        ];
        if (!string.IsNullOrWhiteSpace(view.NextGate))
        {
            parts.AddRange([Gap, new Fields().Add("Next gate", view.NextGate).Block]);
        }

        if (view.Arms is { } arms)
        {
            parts.AddRange([Gap, ArmTable.Of(arms, sheet)]);
            if (Overrides(arms) is { } overrides)
            {
                parts.AddRange([Gap, new Fields().Add("Overrides", overrides).Block]);
            }
        }

        var verdict = Verdict(view, sheet);
        if (!verdict.IsEmpty)
        {
            parts.AddRange([Gap, verdict.Block]);
        }

        if (view.Rollback is { } rollback)
        {
            parts.AddRange([Gap, RollbackBlock.Of(rollback)]);
        }

        return new Rows(parts);
    }

    private static Paragraph Header(string name, RolloutView view, Sheet sheet)
    {
        var (mark, style) = Look.OfPhase(view.Phase, sheet);
        var header = new Paragraph()
            .Append(name, Look.Strong)
            .Append("  ")
            .Append($"{mark} {view.Phase}", style)
            .Append($"  {Figures.Percent(view.Weight)}", Look.Strong);
        return StatusLine.Place(view) is { } place ? header.Append($"  {place}") : header;
    }

    /// <summary>Directly under the name: whoever looks at a rollout without its safety net must see that first.</summary>
    private static IEnumerable<IRenderable> Alarms(string name, RolloutView view, Sheet sheet)
    {
        if (view.Store is { } store)
        {
            yield return new Text(store, Look.Alarm);
        }

        if (view.Switches?.AutoRollback == false)
        {
            yield return new Text($" {sheet.Pick("⚠", "!!")} AUTOMATIC ROLLBACK IS OFF ", Look.Alarm);
            yield return new Text($"A breach only freezes; whoever watches must call 'snapback rollback {name}'.", Look.Strong);
        }

        if (view.Switches?.AutoAdvance == false)
        {
            yield return new Text($"Automatic advance is off: it climbs only by 'snapback advance {name}'.", Look.Canary);
        }

        if (view.Switches?.StickyArms == false)
        {
            yield return new Text("Sticky arms are off: a user may change sides from request to request.", Look.Canary);
        }

        if (view.Switches?.Shield == false)
        {
            yield return new Text("The shield is off: users see what the canary fails.", Look.Canary);
        }

        if (view.Switches?.Overrides == false)
        {
            yield return new Text("Overrides are off: no token chooses an arm.", Look.Canary);
        }
    }

    private static IRenderable Facts(RolloutView view) => new Fields()
        .Add("Version", Versions(view))
        .Add("Arms", Arms(view))
        .Add("Generation", $"{view.Generation}, revision {view.Revision}"
            + (view.Since is { } since ? $", since {Figures.Time(since)} UTC" : ""))
        .AddFleet(view)
        .Add("Flags", view.Flags is { Count: > 0 } flags ? string.Join(", ", flags.Select(Told)) : null)
        .Add("Shadow", view.Shadow?.Summary)
        .Add("Owner", view.Owner)
        .Add("Reason", view.Reason)
        .Add("Plan", view.GivenPlan, Look.Canary)
        .Block;

    private static string Told(FlagView flag) => flag switch
    {
        { Enabled: false } => $"{flag.Name} off",
        { Share: 100 } => $"{flag.Name} on",
        _ => $"{flag.Name} on for {Figures.Percent(flag.Share)} of the users",
    };

    private static string Versions(RolloutView view) => view switch
    {
        { Version: null } => "none yet",
        { StableVersion: { } stable } => $"{Figures.ShortVersion(view.Version)} against stable {Figures.ShortVersion(stable)}",
        _ => Figures.ShortVersion(view.Version),
    };

    /// <summary>Only where they are not what the plan calls them.</summary>
    private static string? Arms(RolloutView view) => view is { Swapped: true, Plan: { Stable: { } stable, Canary: { } canary } } && canary != stable
        ? $"have changed roles: stable is cluster '{canary}', canary is cluster '{stable}'"
        : null;

    private static string? Overrides(ArmsView arms) => (arms.Canary?.Forced ?? 0, arms.Stable?.Forced ?? 0) switch
    {
        (0, 0) => null,
        var (canary, stable) => $"{Counted.Of(canary, "request")} to the canary and {Figures.Count(stable)} to stable, in none of these figures",
    };

    private static Fields Verdict(RolloutView view, Sheet sheet)
    {
        var fields = new Fields();
        if (view.Verdict is { State: { } state } verdict)
        {
            var (mark, style) = Look.OfVerdict(state, sheet);
            fields.Add("Verdict", $"{mark} {state}", style)
                // The judge's last word is told once: in the rollback's own block, or as the reason of what was frozen or told.
                .Add("", verdict.Explanation == view.Rollback?.Explanation || verdict.Explanation == view.Reason ? null : verdict.Explanation)
                .Add("Proof", verdict.Proof)
                // A rollback's own block tells where its failures came from.
                .Add("Failures", view.Rollback is null ? view.FailureDetails?.Sentence : null, Look.Bad);
        }

        return view.Verdict?.Evidence is { } share ? fields.Add("Evidence", Bars.Meter(share, sheet)) : fields;
    }
}
