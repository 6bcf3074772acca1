using Spectre.Console;
using Spectre.Console.Rendering;

namespace Snapback.Proxy.Commands.Rendering;

/// <summary>All rollouts: a table where there is room, else two lines each.</summary>
internal static class RolloutList
{
    private static readonly string[] Titles = ["NAME", "PHASE", "WEIGHT", "STEP", "VERSION", "NEXT GATE"];

    /// <summary>In columns: with less beside names and versions the sentences would be a word a line, and those broken too.</summary>
    private const int LeastSentence = 16;

    public static IRenderable Of(IReadOnlyList<RolloutView> rollouts, Sheet sheet)
    {
        if (rollouts.Count == 0)
        {
            return new Text("No rollouts yet. Give one with 'snapback apply FILE'.");
        }

        return sheet.IsWide && (!sheet.Wraps || LeftForSentences(rollouts, sheet) >= LeastSentence)
            ? Wide(rollouts, sheet)
            : new Rows(rollouts.Select(each => Narrow(each, sheet)));
    }

    private static int LeftForSentences(IReadOnlyList<RolloutView> rollouts, Sheet sheet)
    {
        Func<RolloutView, string>[] others =
            [Name, each => $"{Look.OfPhase(each.Phase, sheet).Mark} {each.Phase}", Weight, Step, each => Figures.ShortVersion(each.Version)];
        return sheet.Width - others.Select((of, at) => 2 + Math.Max(Titles[at].Length, rollouts.Max(each => of(each).Length))).Sum();
    }

    private static Table Wide(IReadOnlyList<RolloutView> rollouts, Sheet sheet)
    {
        var table = new Table().Border(TableBorder.None);
        foreach (var title in Titles)
        {
            var column = new TableColumn(new Text(title, Look.Quiet)).PadLeft(0).PadRight(title == "NEXT GATE" ? 0 : 2);
            column.Alignment = title == "WEIGHT" ? Justify.Right : Justify.Left;
            // Only the name and the sentence may take two lines; a figure in two parts is no figure.
            column.NoWrap = title is "PHASE" or "WEIGHT" or "STEP";
            table.AddColumn(column);
        }

        foreach (var rollout in rollouts)
        {
            table.AddRow(
                new Text(Name(rollout), Look.Strong),
                Look.Phase(rollout.Phase, sheet),
                new Text(Weight(rollout)),
                new Text(Step(rollout)),
                new Text(Figures.ShortVersion(rollout.Version)),
                new Text(Sentence(rollout)));
        }

        return table;
    }

    private static Rows Narrow(RolloutView rollout, Sheet sheet)
    {
        var (mark, style) = Look.OfPhase(rollout.Phase, sheet);
        var (name, step) = (Name(rollout), Step(rollout));
        var (phase, rest) = (
            $"{mark} {rollout.Phase}",
            $"  {Weight(rollout)}{(step == Figures.None ? "" : $"  {step}")}  {Figures.ShortVersion(rollout.Version)}");

        // What does not fit stands below the name and not at the margin, where the next rollout begins.
        IRenderable[] head = !sheet.Wraps || name.Length + 2 + phase.Length + rest.Length <= sheet.Width
            ? [new Paragraph().Append($"{name}  ", Look.Strong).Append(phase, style).Append(rest)]
            : [new Text(name, Look.Strong), Below(new Paragraph().Append(phase, style).Append(rest))];
        var sentence = Sentence(rollout);
        return new Rows(sentence == Figures.None ? head : [.. head, Below(new Text(sentence))]);
    }

    private static Padder Below(IRenderable part) => new(part, new Padding(2, 0, 0, 0));

    private static string Name(RolloutView rollout) => rollout.Name ?? Figures.None;

    /// <summary>In a shadow step no user meets the canary, and copies do.</summary>
    private static string Weight(RolloutView rollout) =>
        rollout is { Weight: 0, Shadow.Share: > 0 and var share } ? $"{Figures.Percent(share)} copied" : Figures.Percent(rollout.Weight);

    private static string Step(RolloutView rollout) => rollout switch
    {
        { IsClosed: true } => Figures.None,
        { Manual: true } => "by hand",
        { Step: > 0, Steps: > 0 } => $"{rollout.Step}/{rollout.Steps}",
        _ => Figures.None,
    };

    /// <summary>Without a gate ahead the question is why it stands where it stands.</summary>
    private static string Sentence(RolloutView rollout) =>
        new[]
            {
                rollout.Fleet is { Withheld: true } apart ? FleetBlock.Trouble(apart) : null,
                rollout.IsRolledBack ? RolledBack(rollout) : null,
                rollout.NextGate,
                rollout.Reason,
            }
            .FirstOrDefault(text => !string.IsNullOrWhiteSpace(text)) ?? Figures.None;

    private static string? RolledBack(RolloutView rollout)
    {
        var cause = StatusLine.Cause(rollout.Rollback);
        return cause is null || string.IsNullOrWhiteSpace(rollout.Reason) ? cause : $"{cause}: {rollout.Reason}";
    }
}
