using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A rollout in memory with a clock in the test's hand, and commands that take effect without a store.</summary>
internal sealed class LiveRig
{
    private int _lowered;

    public LiveRig(RolloutPlan? plan = null)
    {
        Plan = plan ?? Samples.Plan;
        Live = new LiveRollout(Plan, RolloutStatus.New(Plan.Name, Time.GetUtcNow()), "r1", Switches, Time, _ => Interlocked.Increment(ref _lowered));
    }

    public RolloutPlan Plan { get; }

    public ManualTime Time { get; } = new();

    public RolloutSwitches Switches { get; } = new();

    public LiveRollout Live { get; }

    public Generation Generation => Live.Generation;

    /// <summary>How often the rollout said that it lowered itself.</summary>
    public int Lowered => Volatile.Read(ref _lowered);

    public RolloutSnapshot Now => Live.Snapshot(Time.Monotonic);

    public Gate Gate => Gate.Of(Now, Switches, Time.GetUtcNow());

    /// <summary>A rollout with version v1 at its first step.</summary>
    public static LiveRig Started(RolloutPlan? plan = null, int? basisPoints = null)
    {
        var rig = new LiveRig(plan);
        rig.Do(Samples.Start("v1"));
        if (basisPoints is { } weight)
        {
            rig.Do(Samples.Weigh(weight));
        }

        return rig;
    }

    /// <summary>Applies commands as the handler does; a refusal changes nothing.</summary>
    public RolloutStatus Do(params ReadOnlySpan<RolloutCommand> commands)
    {
        foreach (var command in commands)
        {
            if (Next(command) is { } next)
            {
                Live.Adopt(next);
            }
        }

        return Live.Status;
    }

    public RolloutStatus? Next(RolloutCommand command) => Transition(command).Next;

    public Transition Transition(RolloutCommand command)
    {
        var at = Now;
        return Transitions.Apply(at.Plan, at.Status, command, at.Progress.Served, Time.GetUtcNow());
    }

    public RolloutStatus? RollBack() => Live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);

    /// <summary>Picks with a draw that every weight but 0 takes, observes and leaves.</summary>
    /// <param name="client">Hash of the sticky key, or 0.</param>
    public Arm Serve(Outcome outcome, ulong client = 0, IPlaced? request = null) => Serve(0, outcome, client, request).Arm;

    /// <summary>As <see cref="Serve(Outcome, ulong, IPlaced?)"/>, with a draw that only a weight of 100 % takes for the canary.</summary>
    public Arm ServeStable(Outcome outcome, ulong client = 0) => Serve(Weight.Whole - 1, outcome, client).Arm;

    private Pick Serve(int draw, Outcome outcome, ulong client, IPlaced? request = null)
    {
        var generation = Generation;
        var pick = generation.Pick(draw, client, Time.Monotonic);
        generation.Observe(pick, outcome, Time.Monotonic, request);
        generation.Leave(pick.Arm);
        return pick;
    }
}
