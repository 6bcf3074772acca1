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

    /// <summary>Plans that are given to the store at the same time: a Redis on a busy machine answers so many within one command's time-out.</summary>
    private const int SeededTogether = 100;

    /// <summary>The <c>by</c> of plans that a replica is started with.</summary>
    private const string Startup = "startup";

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
        _outgoing = new Outgoing(HookSettings.Read(configuration, []), time);
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

    /// <summary>Opens the store and takes up every rollout where it stood; evidence starts anew.</summary>
    /// <param name="fleet">Null for a replica that runs alone.</param>
    /// <exception cref="StoreUnavailableException">The embedded store cannot be opened.</exception>
    /// <exception cref="InvalidDataException">The signing keys cannot be read or made, or the configuration is wrong; a sentence a line.</exception>
    public static async Task<ControlPlane> OpenAsync(
        string directory, IConfiguration configuration, string replica, TimeProvider time, ILoggerFactory loggers, FleetOptions? fleet = null)
    {
        if (Problems(configuration) is { Count: > 0 } problems)
        {
            throw new InvalidDataException(string.Join(Environment.NewLine, problems));
        }

        // Before the keys, which are in its directory: one that cannot be written is the store's matter.
        var embedded = EmbeddedStore.Open(directory, configuration.GetValue("Snapback:HistoryLines", HistoryEntry.Kept));
        ControlPlane plane;
        try
        {
            plane = new ControlPlane(
                embedded, fleet, KeyRing.Open(KeysIn(directory, configuration), loggers.CreateLogger<KeyRing>()), configuration,
                replica, time, loggers);
        }
        catch (InvalidDataException)
        {
            await embedded.DisposeAsync();
            throw;
        }

        try
        {
            await plane.TakeUpAsync();
        }
        catch
        {
            await plane.DisposeAsync();
            throw;
        }

        return plane;
    }

    private async Task TakeUpAsync()
    {
        await _switchReader.ReadAsync();
        foreach (var stored in await Store.LoadAsync())
        {
            if (stored.Status is { } status
                && PlanReader.FromYaml(stored.Plan, defaults: new PlanDefaults(stored.Name)) is { IsValid: true, Plan: var plan })
            {
                var live = MakeLive(plan, status);
                Board.Put(live);
                if (stored.Untold is { } untold)
                {
                    live.Adopt(untold);
                    _sync.TakeUp(live);
                    // The fleet may have it already, and then nobody tells it to this replica's journal.
                    await (_fleet?.KeepAsync(SharedContent.Of(live)) ?? Task.CompletedTask);
                }
            }
            else
            {
                Board.LeaveAlone(stored.Name);
                LogUnreadable(stored.Name);
            }
        }

        await (_fleet?.JoinAsync() ?? Task.CompletedTask);
    }

    /// <summary>Plans given at the start: a store that has none gets them; what it has wins, and a difference is said.</summary>
    public async Task SeedAsync(IEnumerable<RolloutPlan> plans)
    {
        // Together they are few commits. Each is checked against those before it and comes to the store whole or not at all: a
        // start that is killed is gone on with by the next.
        foreach (var together in plans.Chunk(SeededTogether))
        {
            await Task.WhenAll(together.Select(SeedAsync));
        }
    }

    private async Task SeedAsync(RolloutPlan plan)
    {
        Board.Given.Add(plan);
        if (Board.TryGet(plan.Name, out var live))
        {
            if (PlanWriter.ToJson(live.Plan) != PlanWriter.ToJson(plan))
            {
                LogSeedDiffers(plan.Name);
            }

            return;
        }

        switch (await Commands.PutPlanAsync(plan, Startup))
        {
            case CommandResult.Refused refused:
                Board.Given.Refuse(plan.Name, refused.Sentence);
                LogSeedRefused(plan.Name, refused.Sentence);
                break;
            case CommandResult.Unavailable or CommandResult.Unknown when _fleet is { } fleet:
                await fleet.SeedAsync(plan, Startup);
                break;
            case CommandResult.Unavailable unavailable:
                throw new StoreUnavailableException(unavailable.Sentence, new InvalidOperationException(plan.Name));
        }
    }

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
            catch (OperationCanceledException)
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
        EventIds.PlanUnreadable,
        LogLevel.Error,
        "Rollout {Rollout} in the store has a plan or a status that this version cannot read; it is left alone, and its traffic goes to stable.")]
    private partial void LogUnreadable(string rollout);

    [LoggerMessage(
        EventIds.SeedDiffers,
        LogLevel.Warning,
        "Rollout {Rollout}: the plan given at the start differs from the stored one; the stored one holds. Use 'snapback apply' to change it.")]
    private partial void LogSeedDiffers(string rollout);

    [LoggerMessage(
        EventIds.OverrideMade,
        LogLevel.Information,
        "Rollout {Rollout}: a token for the arm {Arm} until {Expires:u} was made by {By}. {Why}")]
    private partial void LogOverride(string rollout, string arm, DateTimeOffset expires, string by, string why);

    [LoggerMessage(EventIds.SeedRefused, LogLevel.Warning, "Rollout {Rollout}: the plan given at the start is not taken. {Why}")]
    private partial void LogSeedRefused(string rollout, string why);

    [LoggerMessage(EventIds.LoopFailed, LogLevel.Error, "The {Loop} loop failed; it starts again in a second.")]
    private partial void LogLoopFailed(Exception why, string loop);
}
