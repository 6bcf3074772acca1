using Serilog.Core;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Proxy.Demo;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Drills;

/// <summary>
/// One rehearsal: a twin of the plan on a complete proxy of its own in this process (Kestrel, YARP, the middleware, the judge, a store), with
/// its own requests and a canary that is healthy and then breaks. No user's request, route or cluster of the real proxy takes part.
/// </summary>
/// <param name="directory">The twin's own, for the time of the drill; what a drill that was killed has left there is removed.</param>
internal sealed class DrillRun(RolloutPlan plan, DrillFault fault, IConfiguration switches, string directory)
{
    /// <summary>Good canary answers before the fault: enough to open the admission window.</summary>
    private const int Healthy = 5;

    /// <summary>Requests a second to the canary: with ten it is judged within a second.</summary>
    private const double CanaryPerSecond = 10;

    /// <summary>Requests a second in all: more would be felt by real traffic.</summary>
    private const int MostPerSecond = 200;

    private static readonly TimeSpan HealthyWithin = TimeSpan.FromSeconds(30);

    /// <summary>How long the fault may go undetected. A choice: an operator waits for the drill.</summary>
    internal static readonly TimeSpan LongestFault = TimeSpan.FromSeconds(30);

    /// <summary>How long requests go on after the rollback, to show that none reaches the canary.</summary>
    private static readonly TimeSpan Afterwards = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(5);

    private readonly RolloutPlan _twin = DrillPlan.Of(plan);

    /// <param name="report">Says who asked, when and for what.</param>
    /// <returns>The report with what was measured.</returns>
    /// <exception cref="IOException">The directory cannot be made or removed.</exception>
    /// <exception cref="UnauthorizedAccessException">As above.</exception>
    /// <exception cref="ConfigurationProblems">It cannot be written.</exception>
    public async Task<DrillReport> RunAsync(DrillReport report, CancellationToken stop)
    {
        var slow = (plan.Find(ObjectiveMetric.Latency)?.Limit ?? TimeSpan.FromSeconds(1)) * 2;
        Remove();
        try
        {
            await using var stable = await DrillArm.StartAsync(Sidecar.Stable, slow);
            await using var canary = await DrillArm.StartAsync(Sidecar.Canary, slow);
            var settings = new Settings
            {
                Urls = "http://127.0.0.1:0",
                AdminUrls = "http://127.0.0.1:0",
                Stable = [stable.Address],
                Canary = [canary.Address],
                DataDirectory = directory,
                Replica = "drill",
            };
            await using var host = await SnapbackHost.StartAsync(settings, switches, [_twin], Logger.None);
            return await RehearseAsync(report, host, canary, stop);
        }
        finally
        {
            Remove();
        }
    }

    private void Remove()
    {
        if (Directory.Exists(directory))
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task<DrillReport> RehearseAsync(DrillReport report, SnapbackHost host, DrillArm canary, CancellationToken stop)
    {
        var live = host.Plane.Board.All.Single();
        var share = _twin.Steps[0].Weight.BasisPoints / (double)Weight.Whole;
        var perSecond = (int)Math.Clamp(CanaryPerSecond / share, CanaryPerSecond, MostPerSecond);
        using var load = new OpenLoop(new Uri(host.TrafficAddress), perSecond, LongestFault);
        using var enough = new CancellationTokenSource();
        if (await host.Plane.Commands.HandleAsync(live.Name, new RolloutCommand.Start("drill", "drill")) is not CommandResult.Done)
        {
            throw new InvalidOperationException("The drill's own rollout refused to start.");
        }

        var shooting = load.RunAsync(enough.Token);
        RolloutStatus decided;
        TimeSpan broken, ended;
        try
        {
            await UntilAsync(() => canary.Good >= Healthy || Ended(live), HealthyWithin, stop);
            broken = load.Elapsed;
            canary.Break(fault);
            await UntilAsync(() => Ended(live), LongestFault, stop);
            (ended, decided) = (load.Elapsed, live.Status);
            await Task.Delay(live.Status.Phase == RolloutPhase.RolledBack ? Afterwards : TimeSpan.Zero, stop);
        }
        finally
        {
            // Rolled back by hand if the judge did not, so that no request waits on for a hanging canary.
            await host.Plane.Commands.RollBackAsync(live.Name, Authority.Operator, "drill", "operator", "The drill is over.", live.Status.Generation);
            await enough.CancelAsync();
            if (stop.IsCancellationRequested)
            {
                load.GiveUp();
            }

            await shooting;
        }

        return Told(report, live, decided, canary, load, perSecond, broken, ended);
    }

    private DrillReport Told(
        DrillReport report,
        LiveRollout live,
        RolloutStatus decided,
        DrillArm canary,
        OpenLoop load,
        int perSecond,
        TimeSpan broken,
        TimeSpan ended)
    {
        var shots = load.Shots;
        var after = shots.Where(shot => shot.At > ended).ToList();
        // Read only now: its counts are final once nothing is in flight.
        var record = live.Snapshot(TimeSpan.Zero).Status.Rollback is { Authority: Authority.Judge } judges ? judges : null;
        report = report with
        {
            Weight = _twin.Steps[0].Weight.Percent,
            RequestsPerSecond = perSecond,
            Requests = shots.Count,
            HealthyAnswers = canary.Good,
            Hurt = shots.Count(shot => shot.Status is 0 or >= 500),
            StableFailures = live.Generation.Stable.Failures,
        };
        return record is null
            ? report with { Problem = Why(decided) }
            : report with
            {
                FailuresToDecision = record.FailuresAtDecision > 0 ? record.FailuresAtDecision : record.Failures,
                InFlightAtDecision = record.InFlightAtDecision,
                CanaryAfterDecision = record.CanaryAfterDecision,
                CanaryLogAfterDecision = canary.PickedAfter(record.SequenceAtDecision),
                SentAfter = after.Count,
                StableAfter = after.Count(shot => shot is { Status: 200, Body: Sidecar.Stable }),
                Shielded = record.Shielded,
                DecisionMicros = record.DecisionMicros,
                FaultToRollbackMs = Math.Round((ended - broken).TotalMilliseconds, 1),
                TookMs = Math.Round(record.Took.TotalMilliseconds, 1),
                Explanation = record.Explanation,
            };
    }

    private static bool Ended(LiveRollout live) => live.Status is { Phase: RolloutPhase.RolledBack or RolloutPhase.Frozen } or { Warning: not null };

    private static string Why(RolloutStatus status) => status.Warning ?? (status.Phase == RolloutPhase.Frozen && status.Reason is { } reason
        ? reason
        : $"nothing was decided within {Durations.Format(LongestFault)}");

    private static async Task UntilAsync(Func<bool> reached, TimeSpan most, CancellationToken stop)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!reached() && TimeProvider.System.GetElapsedTime(since) < most)
        {
            await Task.Delay(Look, stop);
        }
    }
}
