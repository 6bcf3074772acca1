using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Protocol;

/// <summary>
/// Every history of the model, to its end: what the fleet promises holds in each of its states, and every planted bug
/// breaks it in one.
/// </summary>
public sealed class FleetModelTests
{
    private static readonly (int Replicas, Budget Budget, bool Proved)[] Fleets =
    [
        (2, new Budget(1, 1, 1, 1), true),
        (2, new Budget(2, 1, 0, 1), true),
        (3, new Budget(1, 1, 0, 1), true),
        (3, new Budget(2, 0, 1, 0), true),
        (2, new Budget(1, 1, 1, 1), false),
    ];

    public static TheoryData<int> All => [.. Enumerable.Range(0, Fleets.Length)];

    [Theory]
    [MemberData(nameof(All))]
    public void Nothing_rolled_back_gets_traffic_again_nothing_rises_unproved_nobody_is_told_what_is_not_so_and_all_end_the_same(int fleet)
    {
        var explored = Explore(fleet, PlantedInFleet.Nothing, out var broken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{explored} states");
        Assert.True(explored > 100, $"only {explored} states");
        Assert.Null(broken);
    }

    [Theory]
    [InlineData(PlantedInFleet.HigherRevisionWins)]
    [InlineData(PlantedInFleet.BeatOverwrites)]
    [InlineData(PlantedInFleet.BeatOnlyReads)]
    [InlineData(PlantedInFleet.CountsUnproved)]
    [InlineData(PlantedInFleet.IgnoresWhatMoved)]
    [InlineData(PlantedInFleet.IgnoresTheDeadline)]
    [InlineData(PlantedInFleet.ServesItsJournal)]
    [InlineData(PlantedInFleet.BelievesAnEmptyRedis)]
    [InlineData(PlantedInFleet.TrustsAnotherLine)]
    [InlineData(PlantedInFleet.LostAnswerIsNo)]
    public void Every_planted_bug_is_found(PlantedInFleet planted)
    {
        string? broken = null;
        for (var fleet = 0; fleet < Fleets.Length && broken is null; fleet++)
        {
            Explore(fleet, planted, out broken);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(broken ?? "");
        Assert.True(broken is not null, $"{planted} is not found");
    }

    private static int Explore(int fleet, PlantedInFleet planted, out string? broken)
    {
        var (replicas, budget, proved) = Fleets[fleet];
        var start = FleetModel.Start(replicas, budget, proved, planted);
        var seen = new HashSet<string>(StringComparer.Ordinal) { start.ToString() };
        var open = new Queue<FleetModel>([start]);
        broken = null;
        while (broken is null && open.TryDequeue(out var state))
        {
            broken = Diverges(state);
            foreach (var (step, next) in state.Steps())
            {
                broken ??= Broken(step, state, next);
                if (seen.Add(next.ToString()))
                {
                    open.Enqueue(next);
                }
            }
        }

        return seen.Count;
    }

    private static string? Broken(string step, FleetModel before, FleetModel after)
    {
        var wrong = Enumerable.Range(0, before.Replicas.Length).Select(i => WrongOf(i, step, before, after)).FirstOrDefault(one => one is not null)
            ?? (after.Denied.FirstOrDefault(number => after.Replicas.Select(replica => replica.Holds).Append(after.Master)
                    .Any(status => status?.Reason == $"#{number}"))
                is > 0 and var denied
                ? $"of raise {denied} was said that it never happened, and it holds" : null)
            ?? (before.Master is { } was && after.Master is { } master && before.Era == after.Era && StatusOrder.Dominates(was, master)
                ? "Redis goes back"
                : null);
        return wrong is null ? null : $"{step}: {wrong}\n{before}\n{after}";
    }

    private static string? WrongOf(int i, string step, FleetModel before, FleetModel after)
    {
        var (was, now) = (before.Replicas[i], after.Replicas[i]);
        var wasKilled = step.Contains("killed", StringComparison.Ordinal);
        if (was.Holds.Phase == RolloutPhase.RolledBack && now.Holds.Generation == was.Holds.Generation && now.Serves > Weight.Zero && !wasKilled)
        {
            return $"r{i + 1} gives traffic to what it rolled back";
        }

        if (now.Unheard && now.Serves > Weight.Zero)
        {
            return $"r{i + 1} started, has heard nobody and gives traffic";
        }

        if (before.Master is null && was.Withheld && !now.Withheld && step.Contains("beats", StringComparison.Ordinal))
        {
            return $"r{i + 1} takes an empty Redis for proof that its journal is the newest";
        }

        var rises = now.Holds.Weight > was.Holds.Weight && !wasKilled;
        if (rises && !after.Messages.Contains(now.Holds) && now.Holds != before.Master && now.Holds != after.Master)
        {
            return $"r{i + 1} rises to what nobody committed";
        }

        return rises
            && before.Proved
            && now.Holds.Reason is ['#', .. var number]
            && !after.Secured.Contains(int.Parse(number, System.Globalization.CultureInfo.InvariantCulture))
            ? $"r{i + 1} rises to what one server alone had"
            : null;
    }

    /// <summary>Left alone, the replicas come to hold one status, and it is down if any of them knew a rollback.</summary>
    private static string? Diverges(FleetModel state)
    {
        var settled = state.Settle();
        var known = settled.Replicas[0].Holds;
        if (settled.Replicas.Any(replica => StatusOrder.Key(replica.Holds) != StatusOrder.Key(known)))
        {
            return $"they do not converge from\n{state}\nbut end at\n{settled}";
        }

        var remembered = state.Replicas.Select(replica => replica.Holds).Where(status => status.Phase == RolloutPhase.RolledBack).ToList();
        return remembered.Count > 0 && (known.Phase != RolloutPhase.RolledBack || settled.Replicas.Any(replica => replica.Serves > Weight.Zero))
            ? $"a rollback that was known is forgotten\n{state}\n{settled}"
            : null;
    }
}
