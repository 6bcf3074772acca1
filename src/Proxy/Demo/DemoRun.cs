using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Proxy.Demo;

/// <summary>Two toy versions, a load, a rollout that climbs, a bug in the canary, the rollback: all of it real and on loopback.</summary>
internal sealed class DemoRun(DemoStage stage, TimeSpan length, Action<TimeSpan, string, Weight> tell)
{
    /// <summary>Enough for a canary at 5% to be judged within seconds, little enough for a laptop.</summary>
    public const int PerSecond = 300;

    /// <summary>How long each of the first two steps is held, as a share of the whole length.</summary>
    private const double HoldShare = 0.15;

    /// <summary>When the bug comes, as a share of the whole length.</summary>
    private const double BugShare = 0.6;

    /// <summary>Every second answer: bad enough to see, and the canary still serves users well half of the time.</summary>
    private const int FailEvery = 2;

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly List<decimal> _climbed = [];
    private RolloutStatus _last = stage.Live.Status;

    public static TimeSpan HoldOf(TimeSpan length) => length * HoldShare;

    public async Task<DemoReport> RunAsync(CancellationToken stop)
    {
        tell(stage.Load.Elapsed, $"{PerSecond} requests a second; v1 answers all of them", Weight.Zero);
        await Commanded(stage.Host.Plane.Commands.HandleAsync(DemoPlan.Name, new RolloutCommand.Start("v2", Environment.UserName)));
        await UntilAsync(() => stage.Load.Elapsed >= length * BugShare || Status.Phase == RolloutPhase.RolledBack, stop);

        stage.Canary.Break(FailEvery);
        var broken = stage.Load.Elapsed;
        tell(broken, "v2 gets a bug: every second answer is a 500", Status.Weight);
        await UntilAsync(() => Status.Phase == RolloutPhase.RolledBack || stage.Load.Elapsed >= length, stop);
        var rolledBack = stage.Load.Elapsed;
        await UntilAsync(() => stage.Load.Elapsed >= length, stop);
        return Report(broken, rolledBack);
    }

    private RolloutStatus Status => stage.Live.Snapshot(TimeSpan.Zero).Status;

    private static async Task Commanded(Task<CommandResult> command)
    {
        if (await command is not CommandResult.Done)
        {
            throw new InvalidOperationException("The demo's own rollout refused to start.");
        }
    }

    private async Task UntilAsync(Func<bool> reached, CancellationToken stop)
    {
        while (!reached())
        {
            stop.ThrowIfCancellationRequested();
            Watch();
            await Task.Delay(Look, stop);
        }

        Watch();
    }

    private void Watch()
    {
        var status = Status;
        if ((_last.Generation, _last.Revision) == (status.Generation, status.Revision))
        {
            return;
        }

        tell(stage.Load.Elapsed, Announcement.Of(stage.Live.Plan, _last, status).Sentence, status.Weight);
        if (status.Phase.IsOpen())
        {
            _climbed.Add(status.Weight.Percent);
        }

        _last = status;
    }

    private DemoReport Report(TimeSpan broken, TimeSpan rolledBack)
    {
        var shots = stage.Load.Shots;
        var hurt = shots.Where(shot => shot.Status is 0 or >= 500).ToList();
        var after = shots.Where(shot => shot.At > rolledBack).ToList();
        var record = Status.Rollback;
        return new DemoReport
        {
            Requests = shots.Count,
            Hurt = hurt.Count,
            Late = shots.Count(shot => shot.Took > DemoReport.LateAfter),
            HurtByStable = hurt.Count(shot => shot.Body != "v2"),
            CanaryLogAfterDecision = record is null ? 0 : stage.Canary.Sequences.Count(sequence => sequence > record.SequenceAtDecision),
            SentAfter = after.Count,
            StableAfter = after.Count(shot => shot is { Status: 200, Body: "v1" }),
            Climbed = _climbed,
            BugToRollbackMs = (rolledBack - broken).TotalMilliseconds,
            Rollback = record,
        };
    }
}
