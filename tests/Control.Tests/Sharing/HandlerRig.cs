using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Hooks;
using Snapback.Control.Notifying;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Telemetry;
using Snapback.Control.Tests.Rollouts;

namespace Snapback.Control.Tests.Sharing;

/// <summary>Commands on a real store; the rollout 'shop' exists.</summary>
internal sealed class HandlerRig : IAsyncDisposable
{
    private readonly IDisposable? _own;
    private readonly Lines<RolloutCommandHandler> _log = new();
    private readonly Lines<RolloutSync> _syncLog = new();

    private HandlerRig(TempDirectory directory, IDisposable? own, TimeProvider time)
    {
        _own = own;
        Time = time;
        Store = EmbeddedStore.Open(directory.Path);
        Metrics = new RolloutMetrics(Board, Switches, () => Store.IsUp);
        Sync = new RolloutSync(Store, Metrics, time, _syncLog);
        Commands = new RolloutCommandHandler(Board, Store, Sync, MakeLive, time, _log);
    }

    /// <summary>What commands left in the log.</summary>
    public IEnumerable<string> Log => _log.Said;

    /// <summary>What was lowered here, and became of it, in the log.</summary>
    public IEnumerable<string> SyncLog => _syncLog.Said;

    public TimeProvider Time { get; }
    public RolloutBoard Board { get; } = new();
    public RolloutSwitches Switches { get; } = new();
    public EmbeddedStore Store { get; }
    public RolloutMetrics Metrics { get; }
    public RolloutSync Sync { get; }
    public RolloutCommandHandler Commands { get; }

    public LiveRollout Live => Board.TryGet("shop", out var live) ? live : throw new InvalidOperationException("The rollout is gone.");

    public RolloutStatus Status => Live.Snapshot(Moment.Now(Time).Monotonic).Status;

    public string Tag => $"{Status.Generation}.{Status.Revision}";

    /// <param name="directory">Where it takes up what was left there; null for one of its own.</param>
    public static async Task<HandlerRig> MakeAsync(TempDirectory? directory = null, TimeProvider? time = null, RolloutPlan? plan = null)
    {
        var own = directory is null ? new TempDirectory() : null;
        var rig = new HandlerRig(directory ?? own!, own, time ?? TimeProvider.System);
        rig.Sync.Start();
        foreach (var stored in await rig.Store.LoadAsync())
        {
            rig.Board.Put(rig.MakeLive(plan ?? Samples.Plan, stored.Status!));
        }

        await rig.Commands.PutPlanAsync(plan ?? Samples.Plan, "ann");
        return rig;
    }

    public Task<CommandResult> DoAsync(RolloutCommand command, string? ifMatch = null) => Commands.HandleAsync("shop", command, ifMatch);

    public async Task<RolloutStatus> DoneAsync(params RolloutCommand[] commands)
    {
        foreach (var command in commands)
        {
            Xunit.Assert.IsType<CommandResult.Done>(await DoAsync(command));
        }

        return Status;
    }

    public async Task<RolloutStatus> RollBackAsync(string? reason = null) =>
        Xunit.Assert.IsType<CommandResult.Done>(await Commands.RollBackAsync("shop", Authority.Operator, "ann", "operator", reason)).Status;

    public async Task<RolloutStatus> StoredAsync() => (await Store.LoadAsync()).Single(stored => stored.Name == "shop").Status!;

    /// <summary>Tells what happens in this rig to the plan's hooks, and to whoever wants to know of every rollout.</summary>
    public NewsTeller Teller(Outgoing outgoing, params Notification[] everybody) => new(
        Sync.Feed, Board, Store, new AloneLease(), new Notifier([.. everybody], outgoing, "r1", TimeProvider.System, NullLogger<Notifier>.Instance),
        new HookPoster(new HookCaller(outgoing, TimeProvider.System), NullLogger<HookPoster>.Instance), Time, NullLogger<NewsTeller>.Instance);

    /// <summary>Newest first.</summary>
    public async Task<string[]> HistoryAsync() => [.. (await Store.HistoryAsync("shop", 100)).Select(entry => entry.Kind)];

    public Task ToldAsync() => Eventually.HoldsAsync(
        async () => Metrics.Unshared.Value == 0 && StoreJson.Write(await StoredAsync()) == StoreJson.Write(Status),
        "the store knows what holds in memory");

    public async ValueTask DisposeAsync()
    {
        await Sync.DisposeAsync();
        await Store.DisposeAsync();
        _own?.Dispose();
    }

    private LiveRollout MakeLive(RolloutPlan plan, RolloutStatus status) => new(plan, status, "r1", Switches, Time, Sync.Lowered);

    internal sealed class Lines<T> : ILogger<T>
    {
        private readonly ConcurrentQueue<string> _said = new();

        public IEnumerable<string> Said => _said;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            _said.Enqueue(formatter(state, exception));
    }
}
