using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Control.Telemetry;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// This replica's place among the others: what it says, what it hears, and the duties it holds for all. Redis is how replicas talk
/// and never who decides about safety: down needs nobody, up needs agreement.
/// </summary>
internal sealed partial class FleetMember : IRolloutLease, IAsyncDisposable
{
    private static readonly TimeSpan FirstContact = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Discovery = TimeSpan.FromSeconds(2);

    private readonly ConcurrentDictionary<string, SharedRollout> _rollouts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Task> _running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Task, bool> _telling = new();
    private readonly RolloutBoard _board;
    private readonly CancellationTokenSource _stop = new();
    private readonly ILogger _logger;
    private long _complainedAt;
    private volatile bool _started;
    private volatile bool _sawServers;
    private Func<RolloutPlan, RolloutStatus, LiveRollout> _make = null!;
    private RolloutSync _sync = null!;
    private Task _discovering = Task.CompletedTask;

    public FleetMember(
        FleetOptions options,
        EmbeddedStore journal,
        RolloutBoard board,
        RolloutMetrics metrics,
        string replica,
        TimeProvider time,
        ILogger logger)
    {
        Options = options;
        Replica = replica;
        Time = time;
        Metrics = metrics;
        _board = board;
        _logger = logger;

        // A process that starts again counts from zero, so it must not be taken for the one before.
        Id = $"{replica}/{Guid.NewGuid().ToString("N")[..8]}";
        About = StoreJson.Write(new ReplicaState.About(replica, Product.Version));
        Keys = new FleetKeys(options);
        Link = new RedisLink(options, Keys.Channel, replica, time, logger) { Heard = Heard, Restored = WakeAll };
        Store = new RedisRolloutStore(
            Link, Keys, journal, time, Id,
            name => board.TryGet(name, out var live) ? PlanWriter.ToJson(live.Plan) : null,
            name => board.TryGet(name, out var live) ? live.Stored : null)
        {
            Proof = () => options.Proof ?? (_sawServers || Link.HasSentinels ? 1 : 0),
            StateOf = name => _rollouts.GetValueOrDefault(name)?.State,
            Fence = name => _rollouts.GetValueOrDefault(name)?.Fence,
            Outdone = (name, better) => _rollouts.GetValueOrDefault(name)?.Hear(better),
            NotJournaled = LogNotJournaled,
        };
    }

    public FleetOptions Options { get; }
    public string Replica { get; }
    public string Id { get; }
    public string About { get; }
    public FleetKeys Keys { get; }
    public RedisLink Link { get; }
    public RedisRolloutStore Store { get; }
    public RolloutMetrics Metrics { get; }
    public TimeProvider Time { get; }
    public TimeSpan Now => Time.GetElapsedTime(0);

    /// <param name="make">Makes a rollout that was heard of for the first time.</param>
    /// <param name="sync">Tells what this replica lowers, and must not tell again what it heard.</param>
    public void Bind(Func<RolloutPlan, RolloutStatus, LiveRollout> make, RolloutSync sync) => (_make, _sync) = (make, sync);

    public bool IsHeld(string rollout) => _rollouts.GetValueOrDefault(rollout)?.Fence is not null;

    public SharedRollout? Of(string rollout) => _rollouts.GetValueOrDefault(rollout);

    /// <summary>
    /// Connects, and hears what the fleet holds if it answers soon. If it does not, this replica starts all the same: stable only, and
    /// the first beat that is answered makes it one of the fleet.
    /// </summary>
    public async Task JoinAsync()
    {
        foreach (var live in _board.All)
        {
            live.Withhold(true);
        }

        _board.IsPartial = true;
        Link.Start();
        var started = Now;
        while (Now - started < FirstContact)
        {
            try
            {
                await DiscoverAsync();
                await LeaveOutRivalsAsync();
                await Task.WhenAll(_rollouts.Values.Select(rollout => rollout.BeatAsync(isLast: false)));
                return;
            }
            catch (StoreUnavailableException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50), Time);
            }
        }

        LogStartedAlone();
    }

    public void Start()
    {
        _started = true;
        foreach (var (_, rollout) in _rollouts)
        {
            Run(rollout);
        }

        _discovering = Task.Run(DiscoverForEverAsync);
    }

    /// <summary>A rollout that this replica has is the fleet's from now on.</summary>
    public void Share(LiveRollout live)
    {
        var rollout = new SharedRollout(this, live);
        live.Failed = _ => rollout.Wake();
        _rollouts[live.Name] = rollout;
        if (_started)
        {
            Run(rollout);
        }
    }

    public void Lowered(LiveRollout live) => _rollouts.GetValueOrDefault(live.Name)?.Lowered();

    /// <summary>Once there was a second Redis server, a raise needs one: a master that lost them all may be the one nobody
    /// follows any more.</summary>
    public void SawServers(int? servers) => _sawServers |= servers > 0;

    public void Adopted(LiveRollout live, RolloutStatus before, SharedContent content)
    {
        var status = content.Status;
        _board.Replanned(live);
        _ = KeepAsync(content);
        if ((before.Generation, before.Phase, before.Step, before.Weight) == (status.Generation, status.Phase, status.Step, status.Weight))
        {
            return;
        }

        var (kind, sentence) = Announcement.Of(live.Plan, before, status);
        if (Store.OwnWriteOf(live.Name)?.Takes(StatusOrder.Key(status), Log) != true)
        {
            Log();
        }

        void Log() => LogAdopted(live.Name, kind, status.Rollback?.Replica ?? status.By, sentence);
    }

    public void Spread(LiveRollout live, double milliseconds)
    {
        Metrics.Spread.Observe(milliseconds / 1000);
        Tell(live);
    }

    /// <summary>What came after its rollback; returns at once.</summary>
    public void Tell(LiveRollout live)
    {
        var telling = TellAsync(live);
        _telling[telling] = true;
        telling.ContinueWith(done => _telling.TryRemove(done, out _), TaskScheduler.Default);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _discovering;
        await Task.WhenAll(_running.Values);
        if (Link.IsUp)
        {
            await Task.WhenAll(_rollouts.Values.Select(rollout => rollout.ReleaseAsync()));
        }

        // What the last beats had to tell: without the connection it would be lost, and told as a Redis that is away.
        await Task.WhenAll(_telling.Keys);
        await Link.DisposeAsync();
        _stop.Dispose();
    }

    private void Run(SharedRollout rollout) => _running[rollout.Live.Name] = Task.Run(() => RunAsync(rollout));

    private async Task RunAsync(SharedRollout rollout)
    {
        while (!_stop.IsCancellationRequested && _rollouts.TryGetValue(rollout.Live.Name, out var current) && ReferenceEquals(current, rollout))
        {
            try
            {
                await rollout.RunOnceAsync(_stop.Token);
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                return;
            }
#pragma warning disable CA1031 // Whatever it was: a replica that stopped listening would never hear of a rollback again.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogBeatFailed(e, rollout.Live.Name);
                await Task.Delay(TimeSpan.FromSeconds(1), Time, _stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>On the connection's own thread: everything here is arithmetic, and I/O is left to others.</summary>
    private void Heard(string text)
    {
        if (FleetMessage.TryRead(text) is not { } message)
        {
            ComplainOfMessage();
        }
        else if (message.Replica != Id)
        {
            Heard(message);
        }
    }

    /// <summary>
    /// Of another: what this replica wrote itself it takes over with Redis' answer, and logs as its own command. If the answer is
    /// lost, the next beat says it.
    /// </summary>
    private void Heard(FleetMessage message)
    {
        if (_rollouts.TryGetValue(message.Rollout, out var rollout))
        {
            if (message.Kind == FleetMessage.Deleted)
            {
                rollout.Wake();
            }
            else
            {
                rollout.Hear(message);
            }
        }
        else if (message is { Kind: FleetMessage.Document, Plan: { } plan, Status: { } status }
            && SharedContent.TryRead(message.Rollout, plan, status, null) is { } content)
        {
            TakeUp(content);
        }
    }

    /// <summary>Once a minute: whoever sends such messages may send many.</summary>
    private void ComplainOfMessage()
    {
        var last = Interlocked.Read(ref _complainedAt);
        if ((last == 0 || Time.GetElapsedTime(last) > TimeSpan.FromMinutes(1))
            && Interlocked.CompareExchange(ref _complainedAt, Time.GetTimestamp(), last) == last)
        {
            LogStrangeMessage(Keys.Channel.ToString());
        }
    }

    private void WakeAll()
    {
        foreach (var (_, rollout) in _rollouts)
        {
            rollout.Wake();
        }
    }

    private async Task TellAsync(LiveRollout live)
    {
        try
        {
            await _sync.TellAsync(live);
        }
        catch (StoreUnavailableException)
        {
            // Told with a later beat.
        }
    }
}
