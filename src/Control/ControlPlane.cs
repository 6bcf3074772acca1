using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Snapback.Control.Advancing;
using Snapback.Control.Analysis;
using Snapback.Control.Checks;
using Snapback.Control.Flags;
using Snapback.Control.Hooks;
using Snapback.Control.Notifying;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Sharing.Fleet;
using Snapback.Control.Signing;
using Snapback.Control.Switches;
using Snapback.Control.Telemetry;

namespace Snapback.Control;

/// <summary>The brain, put together: what the proxy asks per request, what operators command, and the loops between them.</summary>
public sealed partial class ControlPlane : IAsyncDisposable
{
    /// <summary>A hung canary is seen this long after its latency limit at the latest.</summary>
    private static readonly TimeSpan LatencyTick = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly RolloutSync _sync;
    private readonly SwitchReader _switchReader;
    private readonly RolloutAdvancer _advancer;
    private readonly CheckLoop _checks;
    private readonly Outgoing _outgoing;
    private readonly NewsTeller _teller;
    private readonly ILogger _logger;
    private readonly FleetMember? _fleet;
    private Task _loops = Task.CompletedTask;

    private ControlPlane(
        EmbeddedStore embedded, FleetOptions? fleet, KeyRing keys, IConfiguration configuration, string replica,
        TimeProvider time, ILoggerFactory loggers)
    {
        Keys = keys;
        Replica = replica;
        Time = time;
        _logger = loggers.CreateLogger<ControlPlane>();
        Metrics = new RolloutMetrics(Board, Switches, () => Store!.IsUp);
        _fleet = fleet is null ? null : new FleetMember(fleet, embedded, Board, Metrics, replica, time, loggers.CreateLogger<FleetMember>());
        IRolloutStore store = Store = _fleet is null ? embedded : _fleet.Store;
        IRolloutLease lease = Lease = _fleet is null ? new AloneLease() : _fleet;
        _sync = new RolloutSync(store, Metrics, time, loggers.CreateLogger<RolloutSync>());
        _switchReader = new SwitchReader(configuration, Switches, SwitchLike, time, loggers.CreateLogger<SwitchReader>());
        UserFlags = new UserFlags(_switchReader.Features, loggers.CreateLogger<UserFlags>());
        _fleet?.Bind(MakeLive, _sync);
        Commands = new RolloutCommandHandler(Board, store, _sync, MakeLive, time, loggers.CreateLogger<RolloutCommandHandler>());
        Flags = new RolloutFlags(Board);
        FlagEvaluator = new FlagEvaluator(Flags);
        _outgoing = new Outgoing(new CurrentHookSettings(configuration, loggers.CreateLogger<CurrentHookSettings>()).Read, time);
        var hooks = new HookCaller(_outgoing, time);
        _advancer = new RolloutAdvancer(Board, Commands, lease, hooks, _sync.Feed, Switches, time, loggers.CreateLogger<RolloutAdvancer>());
        var notifier = new Notifier(NotificationsReader.Read(configuration, []), _outgoing, replica, time, loggers.CreateLogger<Notifier>());
        var poster = new HookPoster(hooks, loggers.CreateLogger<HookPoster>());
        _teller = new NewsTeller(_sync.Feed, Board, store, lease, notifier, poster, time, loggers.CreateLogger<NewsTeller>());
        _checks = new CheckLoop(Board, Commands, _sync.Feed, _outgoing, lease, Switches, configuration, time, loggers.CreateLogger<CheckLoop>());
    }

    public RolloutBoard Board { get; } = new();
    public RolloutSwitches Switches { get; } = new();
    public IRolloutStore Store { get; }

    /// <summary>Asked before anything that must happen once per fleet.</summary>
    public IRolloutLease Lease { get; }

    /// <summary>What sticky cookies and override tokens are signed with.</summary>
    public KeyRing Keys { get; }

    public RolloutFlags Flags { get; }
    internal FlagEvaluator FlagEvaluator { get; }

    /// <summary>Flags of the configuration as single users see them.</summary>
    public UserFlags UserFlags { get; }

    public RolloutCommandHandler Commands { get; }
    public RolloutMetrics Metrics { get; }
    public string Replica { get; }
    public TimeProvider Time { get; }

    /// <summary>How this replica stands with the others; null for one that runs alone.</summary>
    public FleetState? FleetOf(string rollout) => _fleet?.Of(rollout)?.State;

    /// <summary>To be called once the proxy serves: before that it would slow the start.</summary>
    public Task WarmUpAsync(CancellationToken stop) => WarmUp.RunAsync(Time, stop);

    public void Start()
    {
        _sync.Start();
        _fleet?.Start();
        _loops = Task.WhenAll(
            Task.Run(() => LoopAsync("latency", TickAsync)),
            Task.Run(() => LoopAsync("advance", _advancer.RunAsync)),
            Task.Run(() => LoopAsync("checks", _checks.RunAsync)),
            Task.Run(() => LoopAsync("news", _teller.TellFreshAsync)),
            Task.Run(() => LoopAsync("outbox", _teller.TellLeftAsync)),
            Task.Run(() => LoopAsync("switches", _switchReader.RunAsync)),
            Task.Run(() => LoopAsync("signing keys", stop => Keys.RunAsync(Time, stop))));
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        await _teller.EndAsync();
        await _sync.DisposeAsync();
        await (_fleet?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _switchReader.DisposeAsync();
        await FlagEvaluator.DisposeAsync();
        _outgoing.Dispose();
        await Store.DisposeAsync();
        _stop.Dispose();
    }

    /// <summary>Somebody got a token that chooses an arm; the token itself is nobody else's business.</summary>
    internal void Overridden(string rollout, string arm, DateTimeOffset expires, string by, string? reason) =>
        LogOverride(rollout, arm, expires, by, string.IsNullOrEmpty(reason) ? "No reason was given." : $"Reason: {reason}");

    /// <summary>The switch that a flag was probably meant to be; null for a segment's, and for one like no switch.</summary>
    private string? SwitchLike(string flag) =>
        Board.Each.Any(live => live.Plan.Segment.Asks(flag)) ? null : Suggestion.For(flag, Switches.All.Select(one => one.Name));

    private LiveRollout MakeLive(RolloutPlan plan, RolloutStatus status)
    {
        // The start mass takes a while to calibrate; a start command soon after finds it done.
        _ = Task.Run(() => Array.ForEach([.. plan.Objectives], objective => DetectorSettings.For(objective.Budget, plan.Sensitivity.Alpha())));
        var live = new LiveRollout(plan, status, Replica, Switches, Time, Lowered, Board.Stalls);
        _fleet?.Share(live);
        return live;
    }

    private void Lowered(LiveRollout live)
    {
        _fleet?.Lowered(live);
        _sync.Lowered(live);
    }

    private Task TickAsync(CancellationToken stop) =>
        Task.Factory.StartNew(() => Tick(stop), stop, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>On a thread of its own: a timer wakes two for every tick, its own and a pool's, and both take the core from a request.</summary>
    private void Tick(CancellationToken stop)
    {
        while (!stop.WaitHandle.WaitOne(LatencyTick))
        {
            Board.Tick(Moment.Now(Time).Monotonic);
        }
    }

    /// <summary>A loop that failed once must not be gone for ever: it is said, and it goes on.</summary>
    private async Task LoopAsync(string name, Func<CancellationToken, Task> run)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                await run(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever it was: without this loop nothing climbs, or no hung canary is seen.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogLoopFailed(e, name);
                await Task.Delay(TimeSpan.FromSeconds(1), Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    [LoggerMessage(
        EventIds.OverrideMade,
        LogLevel.Information,
        "Rollout {Rollout}: a token for the arm {Arm} until {Expires:u} was made by {By}. {Why}")]
    private partial void LogOverride(string rollout, string arm, DateTimeOffset expires, string by, string why);

    [LoggerMessage(EventIds.LoopFailed, LogLevel.Error, "The {Loop} loop failed; it starts again in a second.")]
    private partial void LogLoopFailed(Exception why, string loop);
}
