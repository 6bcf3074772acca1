using System.Collections.Immutable;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;

namespace Snapback.Control.Tests.Sharing.Protocol;

/// <summary>
/// The fleet's protocol as a machine of atomic steps, on the production order of statuses and the production transition table: two
/// replicas, a Redis with a follower, a network that loses, doubles and reorders. Every method is one step that may happen.
/// </summary>
internal sealed record FleetModel(
    ImmutableArray<ReplicaModel> Replicas, RolloutStatus? Master, RolloutStatus? Follower, Proposal? Proposed, ImmutableHashSet<RolloutStatus> Messages, Budget Budget)
{
    public static readonly RolloutPlan Plan = Samples.Plan;
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    public static FleetModel Start(int replicas, Budget budget)
    {
        var started = Apply(RolloutStatus.New(Plan.Name, At), new RolloutCommand.Start("v1", "test"))!;
        return new FleetModel(
            [.. Enumerable.Repeat(new ReplicaModel(started, started, false), replicas)], started, started, null, [], budget);
    }

    /// <summary>Everything that may happen next.</summary>
    public IEnumerable<(string Step, FleetModel Next)> Steps()
    {
        for (var i = 0; i < Replicas.Length; i++)
        {
            var replica = Replicas[i];
            foreach (var (step, next) in StepsOf(i, replica))
            {
                yield return ($"r{i + 1} {step}", next);
            }
        }

        if (Budget.Faults > 0)
        {
            var spent = this with { Budget = Budget with { Faults = Budget.Faults - 1 } };
            yield return ("FLUSHALL", spent with { Master = null, Follower = null, Proposed = null });
            yield return ("failover to a follower that lost the last writes", spent with { Master = Follower, Proposed = Proposed is { Replicated: true } ? Proposed : null });
        }

        yield return ("replication", this with { Follower = Master, Proposed = Proposed is null ? null : Proposed with { Replicated = true } });
    }

    /// <summary>No more faults: every replica beats until nothing changes.</summary>
    public FleetModel Settle()
    {
        var now = this;
        for (var round = 0; round < 2 * Replicas.Length; round++)
        {
            for (var i = 0; i < Replicas.Length; i++)
            {
                now = now.Beat(i);
            }
        }

        return now;
    }

    private IEnumerable<(string, FleetModel)> StepsOf(int i, ReplicaModel replica)
    {
        var status = replica.Holds;
        if (Budget.Rollbacks > 0 && status.Phase.IsOpen())
        {
            var lowered = Apply(status, new RolloutCommand.RollBack(new Rollback
            {
                Trigger = "errors", Explanation = "", Authority = Authority.Judge, By = "judge", Replica = $"r{i + 1}", At = At, WeightBefore = status.Weight,
            }))!;
            yield return ("rolls back", With(i, replica.Take(lowered)) with { Budget = Budget with { Rollbacks = Budget.Rollbacks - 1 } });
        }

        if (Budget.Raises > 0 && !replica.Withheld && Proposed is null && Apply(status, new RolloutCommand.Advance("snapback")) is { } next && Master is not null && StatusOrder.Key(Master) == StatusOrder.Key(status))
        {
            yield return ("proposes", this with { Proposed = new Proposal(i, status, next, false), Budget = Budget with { Raises = Budget.Raises - 1 } });
        }

        if (Proposed is { Replicated: true } proposal && proposal.By == i)
        {
            // The script's check and the write are one step of Redis; the answer may be lost, the message may too.
            var proved = Master is not null && StatusOrder.Key(Master) == StatusOrder.Key(proposal.Basis);
            var done = this with { Proposed = null, Master = proved ? proposal.Next : Master, Messages = proved ? Messages.Add(proposal.Next) : Messages };
            yield return ("proves", proved ? done.With(i, replica.Take(proposal.Next)) : done);
            yield return ("proves and hears no answer", done);
        }

        if (StatusOrder.Key(replica.Holds) is var key && (Master is null || StatusOrder.Key(Master) != key))
        {
            yield return ("beats", Beat(i));
        }

        foreach (var message in Messages.Where(message => StatusOrder.Dominates(message, replica.Holds)))
        {
            // It stays: it may come again, later, and to others.
            yield return ($"hears {message.Phase} {message.Weight}", With(i, replica.Take(message)));
        }

        if (replica.Journal != replica.Holds)
        {
            yield return ("journals", With(i, replica with { Journal = replica.Holds }));
        }

        if (Budget.Crashes > 0)
        {
            var spent = this with { Budget = Budget with { Crashes = Budget.Crashes - 1 } };
            yield return ("is killed and starts again", spent.With(i, replica with { Holds = replica.Journal, Withheld = true }));
        }
    }

    private FleetModel Beat(int i)
    {
        var replica = Replicas[i];
        if (Master is not null && StatusOrder.Dominates(Master, replica.Holds))
        {
            return With(i, replica.Take(Master) with { Withheld = false });
        }

        var told = Master is null || StatusOrder.Dominates(replica.Holds, Master);

        // An empty Redis proves nothing to a replica that only has its journal: it waits until the others have had their say.
        var waits = Master is null && replica.Withheld;
        return With(i, replica with { Withheld = waits }) with
        {
            Master = told ? replica.Holds : Master, Messages = told ? Messages.Add(replica.Holds) : Messages,
        };
    }

    private FleetModel With(int i, ReplicaModel replica) => this with { Replicas = Replicas.SetItem(i, replica) };

    private static RolloutStatus? Apply(RolloutStatus status, RolloutCommand command) => Transitions.Apply(Plan, status, command, TimeSpan.Zero, At).Next;

    public override string ToString() => $"{string.Join(" | ", Replicas)} | master {Show(Master)} | follower {Show(Follower)} | proposed {Show(Proposed?.Next)}{(Proposed?.Replicated == true ? "+" : "")} | {string.Join(",", Messages.Select(Show).Order(StringComparer.Ordinal))} | {Budget}";

    public static string Show(RolloutStatus? status) => status is null ? "-" : $"{status.Generation}.{status.Revision} {status.Phase} {status.Weight} {status.Rollback?.Replica}";
}

internal sealed record ReplicaModel(RolloutStatus Holds, RolloutStatus Journal, bool Withheld)
{
    public Weight Serves => Withheld ? Weight.Zero : Holds.Weight;

    public ReplicaModel Take(RolloutStatus status) => StatusOrder.Dominates(status, Holds) ? this with { Holds = status } : this;

    public override string ToString() => $"{FleetModel.Show(Holds)} (journal {FleetModel.Show(Journal)}{(Withheld ? ", withheld" : "")})";
}

internal sealed record Proposal(int By, RolloutStatus Basis, RolloutStatus Next, bool Replicated);

/// <summary>How much may still happen, so that there is an end.</summary>
internal sealed record Budget(int Rollbacks, int Raises, int Crashes, int Faults);
