using System.Collections.Immutable;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;

namespace Snapback.Control.Tests.Sharing.Protocol;

/// <summary>
/// The fleet's protocol as a machine of atomic steps, on the production order of statuses and the production transition table: two or three
/// replicas, a Redis with or without a follower, a network that loses, doubles and reorders. Every method is one step that may happen.
/// </summary>
/// <param name="Proved">A raise counts once the follower has it; without one, once Redis has it.</param>
/// <param name="Secured">Which proposals the follower ever had.</param>
/// <param name="Tokens">Which commands Redis knows that it has done.</param>
/// <param name="Era">Another one after every fault: a failover is another line of servers, an emptied Redis has lost the question.</param>
/// <param name="Denied">Commands of which was said that they never happened.</param>
internal sealed record FleetModel(
    ImmutableArray<ReplicaModel> Replicas, RolloutStatus? Master, RolloutStatus? Follower, Proposal? Proposed, ImmutableHashSet<RolloutStatus> Messages,
    Budget Budget,
    bool Proved,
    ImmutableSortedSet<int> Secured, ImmutableSortedSet<int> Tokens, ImmutableSortedSet<int> FollowersTokens, int Era, ImmutableSortedSet<int> Denied,
    PlantedInFleet Planted)
{
    public static readonly RolloutPlan Plan = Samples.Plan;
    private static readonly DateTimeOffset At = DateTimeOffset.UnixEpoch;

    public static FleetModel Start(int replicas, Budget budget, bool proved = true, PlantedInFleet planted = PlantedInFleet.Nothing)
    {
        var started = Apply(RolloutStatus.New(Plan.Name, At), new RolloutCommand.Start("v1", "test"))!;
        return new FleetModel(
            [.. Enumerable.Repeat(new ReplicaModel(started, started, false, false), replicas)],
            started,
            started,
            null,
            [],
            budget,
            proved,
            [],
            [],
            [],
            0,
            [],
            planted);
    }

    /// <summary>Everything that may happen next.</summary>
    public IEnumerable<(string Step, FleetModel Next)> Steps()
    {
        for (var i = 0; i < Replicas.Length; i++)
        {
            foreach (var (step, next) in StepsOf(i, Replicas[i]))
            {
                yield return ($"r{i + 1} {step}", next);
            }
        }

        foreach (var step in Proposed is { } proposal ? StepsOf(proposal) : [])
        {
            yield return step;
        }

        if (Budget.Faults > 0)
        {
            var spent = this with { Budget = Budget with { Faults = Budget.Faults - 1 }, Era = Era + 1 };
            yield return (
                "FLUSHALL",
                spent with { Master = null, Follower = null, Tokens = [], FollowersTokens = [], Proposed = Proposed?.Forgotten(wasThere: false) });
            if (Proved)
            {
                yield return ("failover to a follower that lost the last writes", spent with
                {
                    Master = Follower,
                    Tokens = FollowersTokens,
                    Proposed = Proposed?.Forgotten(wasThere: Proposed.Replicated),
                });
            }
        }

        yield return ("replication", this with
        {
            Follower = Master,
            FollowersTokens = Tokens,
            Proposed = Proposed is { Gone: false } ? Proposed with { Replicated = true } : Proposed,
            Secured = Proposed is { Gone: false } ? Secured.Add(Proposed.Number) : Secured,
        });
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
                Trigger = "errors",
                Explanation = "",
                Authority = Authority.Judge,
                By = "judge",
                Replica = $"r{i + 1}",
                At = At,
                WeightBefore = status.Weight,
            }))!;
            yield return ("rolls back", With(i, replica.Take(lowered, Planted)) with { Budget = Budget with { Rollbacks = Budget.Rollbacks - 1 } });
        }

        if (Budget.Raises > 0
            && !replica.Withheld
            && Proposed is null
            && Apply(status, new RolloutCommand.Advance("snapback")) is { } next
            && Master is not null
            && StatusOrder.Key(Master) == StatusOrder.Key(status))
        {
            yield return ("proposes", this with
            {
                Proposed = new Proposal(i, status, next with { Reason = $"#{Budget.Raises}" }, Budget.Raises, Era),
                Budget = Budget with { Raises = Budget.Raises - 1 },
            });
        }

        if (StatusOrder.Key(replica.Holds) is var key && (Master is null || StatusOrder.Key(Master) != key))
        {
            yield return ("beats", Beat(i));
        }

        foreach (var message in Messages.Where(message => StatusOrder.Dominates(message, replica.Holds)))
        {
            // It stays: it may come again, later, and to others.
            yield return ($"hears {message.Phase} {message.Weight}", With(i, replica.Take(message, Planted) with { Unheard = false }));
        }

        if (replica.Journal != replica.Holds)
        {
            yield return ("journals", With(i, replica with { Journal = replica.Holds }));
        }

        if (Budget.Crashes > 0)
        {
            var spent = this with { Budget = Budget with { Crashes = Budget.Crashes - 1 }, Proposed = Proposed?.By == i ? null : Proposed };
            yield return (
                "is killed and starts again",
                spent.With(
                    i,
                    replica with { Holds = replica.Journal, Withheld = Planted != PlantedInFleet.ServesItsJournal, Unheard = true }));
        }
    }

    /// <summary>A raise on its way: the command, its deadline, its answer, or the question what became of it.</summary>
    private IEnumerable<(string, FleetModel)> StepsOf(Proposal raise)
    {
        var replica = Replicas[raise.By];
        var mayCount = !raise.Executed && !raise.Gone && (raise.Replicated || !Proved || Planted == PlantedInFleet.CountsUnproved);
        if (mayCount && (!raise.Expired || Planted == PlantedInFleet.IgnoresTheDeadline))
        {
            // The script's check and the write are one step of Redis.
            var done = (Master is not null && StatusOrder.Key(Master) == StatusOrder.Key(raise.Basis)) || Planted == PlantedInFleet.IgnoresWhatMoved;
            var executed = this with { Proposed = raise.Asked ? null : raise with { Executed = true, Done = done } };
            yield return (
                "the raise is carried out",
                !done
                    ? executed
                    : executed with { Master = raise.Next, Messages = Messages.Add(raise.Next), Tokens = Tokens.Add(raise.Number) });
        }

        if (!raise.Expired)
        {
            yield return ("its deadline passes", this with { Proposed = raise with { Expired = true } });
        }

        if (raise is { Executed: true, Asked: false })
        {
            yield return ("it is answered", (raise.Done ? With(raise.By, replica.Take(raise.Next, Planted)) : this) with { Proposed = null });
        }

        if (!raise.Asked)
        {
            var denied = this with
            {
                Denied = Denied.Add(raise.Number),
                Proposed = Planted == PlantedInFleet.IgnoresTheDeadline ? raise with { Asked = true } : null,
            };
            if (Planted == PlantedInFleet.LostAnswerIsNo)
            {
                yield return ("its answer is lost and taken for a no", denied);
            }
            else if (Tokens.Contains(raise.Number))
            {
                yield return ("its answer is lost and it was done", With(raise.By, replica.Take(raise.Next, Planted)) with { Proposed = null });
            }
            else if (raise.Era != Era && Planted != PlantedInFleet.TrustsAnotherLine)
            {
                yield return ("its answer is lost and nobody can say", this with { Proposed = null });
            }
            else if (raise.Expired)
            {
                yield return ("its answer is lost and it never was done", denied);
            }
        }
    }

    private FleetModel Beat(int i)
    {
        var replica = Replicas[i] with { Unheard = false };
        if (Master is not null && StatusOrder.Dominates(Master, replica.Holds) && Planted != PlantedInFleet.BeatOverwrites)
        {
            return With(i, replica.Take(Master, Planted) with { Withheld = false });
        }

        var told = Planted switch
        {
            PlantedInFleet.BeatOnlyReads => Master is null,
            PlantedInFleet.BeatOverwrites => true,
            _ => Master is null || StatusOrder.Dominates(replica.Holds, Master),
        };

        // An empty Redis proves nothing to a replica that only has its journal: it waits until the others have had their say.
        var waits = Master is null && replica.Withheld && Planted != PlantedInFleet.BelievesAnEmptyRedis;
        return With(i, replica with { Withheld = waits }) with
        {
            Master = told ? replica.Holds : Master,
            Messages = told ? Messages.Add(replica.Holds) : Messages,
        };
    }

    private FleetModel With(int i, ReplicaModel replica) => this with { Replicas = Replicas.SetItem(i, replica) };

    private static RolloutStatus? Apply(RolloutStatus status, RolloutCommand command) =>
        Transitions.Apply(Plan, status, command, TimeSpan.Zero, At).Next;

    public override string ToString() =>
        $"{string.Join(" | ", Replicas)} | master {Show(Master)} | follower {Show(Follower)} | "
        + $"proposed {(Proposed is null ? "-" : Proposed with { Era = Proposed.Era == Era ? 0 : 1 })} | "
        + $"{string.Join(",", Messages.Select(Show).Order(StringComparer.Ordinal))} | {Budget} | "
        + $"secured {string.Join(",", Secured)} done {string.Join(",", Tokens)}/{string.Join(",", FollowersTokens)} "
        + $"denied {string.Join(",", Denied)}";

    public static string Show(RolloutStatus? status) => status is null
        ? "-"
        : $"{status.Generation}.{status.Revision} {status.Phase} {status.Weight} {status.Rollback?.Replica}{status.Reason}";
}

/// <summary>How much may still happen, so that there is an end.</summary>
internal sealed record Budget(int Rollbacks, int Raises, int Crashes, int Faults);

/// <summary>Bugs that a fleet could have; each must be found.</summary>
public enum PlantedInFleet
{
    Nothing,
    HigherRevisionWins,
    BeatOverwrites,
    BeatOnlyReads,
    CountsUnproved,
    IgnoresWhatMoved,
    IgnoresTheDeadline,
    ServesItsJournal,
    BelievesAnEmptyRedis,
    TrustsAnotherLine,
    LostAnswerIsNo,
}
