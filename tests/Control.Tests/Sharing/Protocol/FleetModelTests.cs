using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Sharing.Protocol;

/// <summary>Every history of the model, to its end: what the fleet promises holds in each of its states.</summary>
public sealed class FleetModelTests
{
    [Theory]
    [InlineData(2, 1, 1, 1, 1)]
    [InlineData(2, 2, 2, 0, 1)]
    [InlineData(3, 1, 1, 0, 1)]
    [InlineData(3, 2, 0, 1, 0)]
    public void Nothing_rolled_back_gets_traffic_again_nothing_rises_unproved_and_all_end_the_same(int replicas, int rollbacks, int raises, int crashes, int faults)
    {
        var explored = Explore(FleetModel.Start(replicas, new Budget(rollbacks, raises, crashes, faults)), out var broken);
        TestContext.Current.TestOutputHelper?.WriteLine($"{explored} states");
        Assert.True(explored > 100, $"only {explored} states");
        Assert.Null(broken);
    }

    [Fact]
    public void It_finds_a_rollback_that_a_raise_may_overtake()
    {
        // The mutant: whoever hears of a higher revision takes it, whatever its phase. This is what the order of statuses is for.
        var aborted = FleetModel.Start(2, new Budget(1, 1, 0, 0)).Steps().First(step => step.Step == "r1 rolls back").Next;
        var raised = aborted.Steps().First(step => step.Step == "r2 proposes").Next;
        var naive = aborted.Replicas[0] with { Holds = raised.Proposed!.Next };
        Assert.NotNull(Broken("r1 hears naively", aborted, aborted with { Replicas = aborted.Replicas.SetItem(0, naive) }));
    }

    private static int Explore(FleetModel start, out string? broken)
    {
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
        for (var i = 0; i < before.Replicas.Length; i++)
        {
            var (was, holds) = (before.Replicas[i], after.Replicas[i]);
            if (was.Holds.Phase == RolloutPhase.RolledBack && holds.Holds.Generation == was.Holds.Generation && holds.Serves > Weight.Zero && !step.Contains("killed", StringComparison.Ordinal))
            {
                return $"{step}: r{i + 1} gives traffic to what it rolled back\n{before}\n{after}";
            }

            var rises = holds.Holds.Weight > was.Holds.Weight;
            var agreed = after.Messages.Contains(holds.Holds) || holds.Holds == before.Master || holds.Holds == after.Master || holds.Holds == was.Journal;
            if (rises && !agreed)
            {
                return $"{step}: r{i + 1} rises to what nobody proved\n{before}\n{after}";
            }
        }

        return null;
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
