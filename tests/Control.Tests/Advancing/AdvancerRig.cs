using Snapback.Control.Advancing;
using Snapback.Control.Analysis;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Advancing;

/// <summary>
/// The loop that advances on a real store, with the teller of news beside it, hooks over real sockets, and a clock in the
/// test's hand; the rollout is 'shop'.
/// </summary>
internal sealed class AdvancerRig : IAsyncDisposable
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly CancellationTokenSource _stop = new();
    private readonly Outgoing _outgoing = new(() => HookSettings.None, TimeProvider.System);
    private readonly SwitchedLease _lease = new();
    private readonly HandlerRig.Lines<RolloutAdvancer> _log = new();
    private readonly HandlerRig _handler;
    private readonly Task _loops;

    private AdvancerRig(HandlerRig handler, ManualTime time)
    {
        _handler = handler;
        Time = time;
        var hooks = new HookCaller(_outgoing, TimeProvider.System);
        var advancer = new RolloutAdvancer(
            Board, Commands, _lease, hooks, handler.Sync.Feed, Switches, time, _log);
        _loops = Task.WhenAll(advancer.RunAsync(_stop.Token), handler.Teller(_outgoing).TellFreshAsync(_stop.Token));
    }

    public ManualTime Time { get; }

    public RolloutBoard Board => _handler.Board;

    public RolloutCommandHandler Commands => _handler.Commands;

    public RolloutSwitches Switches => _handler.Switches;

    public EmbeddedStore Store => _handler.Store;

    public LiveRollout Live => _handler.Live;

    public RolloutStatus Status => _handler.Status;

    public IEnumerable<string> Logged => _log.Said;

    public Gate Gate => Gate.Of(Live.Snapshot(Time.Monotonic), Switches, Time.GetUtcNow());

    /// <summary>Whether this replica is the one that calls hooks and takes steps.</summary>
    public bool LeaseHeld
    {
        set => _lease.Held = value;
    }

    /// <summary>The sample plan with steps that end as soon as one response is seen.</summary>
    public static RolloutPlan Plan(params Hook[] hooks) => Samples.Plan with
    {
        Steps = [.. Samples.Plan.Steps.Select(step => step with { Hold = TimeSpan.Zero })],
        Hooks = [.. hooks],
    };

    public static Hook Hook(string name, Uri url, int milliseconds = 5000, HookPoint when = HookPoint.Step) =>
        new(name, when, url, TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>With version v1 at the first step.</summary>
    public static async Task<AdvancerRig> StartAsync(RolloutPlan plan)
    {
        var time = new ManualTime();
        var handler = await HandlerRig.MakeAsync(time: time, plan: plan);
        await handler.DoneAsync(Samples.Start("v1"));
        return new AdvancerRig(handler, time);
    }

    /// <summary>With whatever the store in the directory, or an empty one, says of the rollout.</summary>
    public static async Task<AdvancerRig> ResumeAsync(RolloutPlan plan, TempDirectory? directory = null)
    {
        var time = new ManualTime();
        return new AdvancerRig(await HandlerRig.MakeAsync(directory, time, plan), time);
    }

    public Task<RolloutStatus> DoneAsync(RolloutCommand command) => _handler.DoneAsync(command);

    public Task<RolloutStatus> RollBackAsync(string? reason = null) => _handler.RollBackAsync(reason);

    /// <summary>Once the store knows what holds in memory.</summary>
    public Task ToldAsync() => _handler.ToldAsync();

    public void Serve(Outcome outcome) => Live.Generation.Observe(Samples.Canary, outcome, Time.Monotonic);

    /// <summary>Lets the rig's clock run until the condition holds.</summary>
    public Task UntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            Time.Advance(Tick);
            return condition();
        },
        what);

    /// <summary>Time enough for whatever would happen: twenty ticks of its clock, a fifth of a second of ours.</summary>
    public async Task IdleAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            Time.Advance(Tick);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops.ContinueWith(_ => { }, TaskScheduler.Default);
        await _handler.DisposeAsync();
        _outgoing.Dispose();
        _stop.Dispose();
    }

    private sealed class SwitchedLease : IRolloutLease
    {
        public volatile bool Held = true;

        public bool IsHeld(string rollout) => Held;
    }
}
