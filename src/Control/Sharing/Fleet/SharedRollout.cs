using System.Threading.Channels;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// One rollout's tie to the fleet. Every beat compares what holds here with what Redis has and makes the two one, so that whatever
/// was lost on the way (a message, an acknowledgement, a failover's last second, all of Redis) is made good by the next beat of any
/// replica that remembers.
/// </summary>
internal sealed partial class SharedRollout(FleetMember fleet, LiveRollout live)
{
    /// <summary>While a canary is judged, evidence of the others must not be older than this.</summary>
    private static readonly TimeSpan Busy = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(800);

    /// <summary>A holder that stopped is replaced this much and one beat later.</summary>
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMilliseconds(2500);

    /// <summary>To the beat's script: the last one of this process.</summary>
    private static readonly TimeSpan Leaving = TimeSpan.FromMilliseconds(-1);

    /// <summary>Two beats lost. From here on this replica decides by itself.</summary>
    private static readonly TimeSpan AloneAfter = TimeSpan.FromSeconds(1.5);

    /// <summary>Longer than any replica's beat: who remembers more than an empty Redis has told it by then.</summary>
    private static readonly TimeSpan Remembering = TimeSpan.FromSeconds(2);

    private readonly FleetClock _clock = new(fleet.Time);
    private readonly BeatPace _pace = new();
    private SharedContent? _known;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private TimeSpan _heardAt = fleet.Now;
    private TimeSpan? _emptySince;
    private Lease? _lease;
    private long _writes = -1;
    private (Generation? Of, Tally Tally) _published;
    private int _beats;

    public LiveRollout Live => live;

    public IReadOnlyList<ReplicaState> Replicas { get; private set; } = [];

    /// <summary>How long ago the fleet was heard.</summary>
    public TimeSpan Silence => fleet.Now - _heardAt;

    public bool IsAlone => Silence > AloneAfter;

    public FleetState State => new(
        !IsAlone && !live.Withheld,
        Silence,
        live.Withheld,
        Fence is not null,
        [.. Replicas.Where(replica => replica.IsLive).Select(AsItIs)])
    {
        IsNewer = _isNewer,
        IsForeign = _isForeign,
        Away = [.. Replicas.Where(replica => !replica.IsLive && !Replicas.Any(other => other.IsLive && other.Name == replica.Name))],
    };

    /// <summary>The fleet knows of this replica what it was last told; it may have gone on since.</summary>
    private ReplicaState AsItIs(ReplicaState replica) =>
        replica.Id == fleet.Id && StatusOrder.Key(live.Status) is var key && key != replica.Key
            ? replica with { Key = key, ReachedMicros = _clock.ServerMicros(fleet.Now) }
            : replica;

    /// <summary>The fence of the lease, as long as it surely holds by our own clock.</summary>
    public long? Fence => _lease is { } lease && fleet.Now < lease.Until ? lease.Number : null;

    /// <summary>Beats now; never blocks.</summary>
    public void Wake() => _wake.Writer.TryWrite(true);

    /// <summary>This replica lowered it a moment ago.</summary>
    public void Lowered()
    {
        if (live.Status is { Rollback: { } record } status && record.Replica == fleet.Replica && _decision?.Generation != status.Generation)
        {
            _decision = new Decision(status.Generation, fleet.Now);
        }

        Wake();
    }

    /// <summary>One beat, and the rest until the next.</summary>
    public async Task RunOnceAsync(CancellationToken stop)
    {
        try
        {
            await BeatAsync(isLast: false);
        }
        catch (StoreUnavailableException)
        {
            // The link says so, once.
        }

        Isolate();
        live.Generation.LetIn(0, fleet.Now);
        var pause = _pace.RestAfter(fleet.Now);
        if (pause > TimeSpan.Zero)
        {
            await Task.Delay(pause, fleet.Time, stop);
        }

        using var rest = CancellationTokenSource.CreateLinkedTokenSource(stop);
        rest.CancelAfter((live.Status.Phase.IsOpen() ? Busy : Quiet) - pause);
        try
        {
            await _wake.Reader.ReadAsync(rest.Token);
        }
        catch (OperationCanceledException)
        {
            stop.ThrowIfCancellationRequested();
        }
    }

    /// <summary>A replica that ends lets another go on at once, and is not waited for.</summary>
    public async Task ReleaseAsync()
    {
        try
        {
            await BeatAsync(isLast: true);
        }
        catch (StoreUnavailableException)
        {
            // Then it runs out.
        }
    }

    /// <summary>Tells the fleet what holds here and takes over what dominates it.</summary>
    /// <exception cref="StoreUnavailableException">Redis did not answer.</exception>
    public async Task BeatAsync(bool isLast)
    {
        // Who leaves alone what the fleet has must not keep from its duties those who do not.
        var lease = isLast ? Leaving : IsLeftAlone ? TimeSpan.Zero : LeaseTime;
        var asked = fleet.Now;
        var generation = live.Generation;
        var owesAnswer = _answers.Settle(asked);
        var tally = _isForeign ? null : generation.Own;
        if (_published is { Of: { } before } && before != generation)
        {
            _left.TryAdd(before, _published.Tally);
        }

        var hasNews = tally is { } own && (_published.Of != generation || (own - _published.Tally).HasBad) && own.HasBad;
        var beat = Beat.Read(Known, await fleet.Link.RunAsync(
            Script.Beat, fleet.Keys.OfBeat(live.Name, generation.Number, generation.IsShadow),
            [
                fleet.Id, StatusOrder.Key(live.Status), _writes, fleet.About, (long)lease.TotalMilliseconds,
                tally is { } counts ? StoreJson.Write(counts) : "", fleet.Keys.Channel.ToString(),
                tally is { } told && (hasNews || owesAnswer) ? FleetMessage.OfEvidence(fleet.Id, live, generation, told, _clock.TryMicros(asked)) : "",
                _beats++ % 4 == 0 ? 1 : 0,
            ]));
        _clock.Learn(beat.Micros, asked);
        fleet.SawServers(beat.Servers);
        foreach (var key in beat.Gone)
        {
            fleet.LogUnreadable(live.Name, $"had a key {key} of a type that no version of Snapback writes; it is taken away");
        }

        _published = (generation, tally ?? default);
        _heardAt = asked;
        _lease = beat.Fence is { } fence ? new Lease(fence, asked + LeaseTime) : null;
        Replicas = beat.Replicas;
        generation.Pool?.DecideAlone(1);
        List<string> peers = [.. from replica in beat.Replicas where replica.IsLive && replica.Id != fleet.Id select replica.Id];
        generation.Pool?.Peers = peers.Count;
        live.Place = FleetPlace.Among(fleet.Id, peers);
        if (beat.Document is { State: DocumentState.Readable, Content: { } said })
        {
            // First: what was rolled back is not decided again by what led to it.
            Hear(said);
        }

        Take(generation, beat, asked);
        await MergeAsync(beat.Document, beat.Micros);
        Measure(beat);
        await TellLeftAsync();
    }

    /// <summary>What another replica says of this rollout, in a message.</summary>
    public void Hear(FleetMessage message)
    {
        if (message is { Kind: FleetMessage.Evidence, Replica: { } replica, Tally: { } tally })
        {
            var generation = live.Generation;
            if (generation.Number == message.Generation && generation.IsShadow == message.IsShadow)
            {
                Take(generation, replica, tally, _clock.Age(message.CountedMicros, fleet.Now));
            }
        }
        else if (message is { Kind: FleetMessage.Document, Plan: { } plan } && SharedContent.TryRead(live.Name, plan, message.Status, Known) is { } content)
        {
            Hear(content);
        }
    }

    /// <summary>The plan that holds here in its stored form, written once per plan.</summary>
    private SharedContent Known => _known is { } known && ReferenceEquals(known.Plan, live.Plan) ? known : _known = SharedContent.Of(live);

    private async Task MergeAsync(FleetDocument document, long micros)
    {
        switch (document.State)
        {
            case DocumentState.Deleted when StatusOrder.GenerationOf(document.Key) >= live.Status.Generation:
                await fleet.TakeDownAsync(live);
                return;
            case DocumentState.Newer:
                await LeaveToNewerAsync(document);
                return;
            case DocumentState.Absent when _isForeign:
                return;
            case DocumentState.Readable when IsOfElsewhere(document.Content!.Status):
                LeaveToFleet(document.Content.Status);
                return;
            case DocumentState.Absent or DocumentState.Deleted:
                _emptySince ??= fleet.Now;
                // Only a plan that was given at the start, while nobody answered, has no line in any journal yet.
                await TellAsync(overwrite: false, live.Status is { Generation: 0, Revision: 0 } ? RolloutStatus.New(live.Name, default) : null);
                break;
            case DocumentState.Corrupt:
                Complain("is not what any version of Snapback writes; what this replica knows is written over it");
                await TellAsync(overwrite: true);
                break;
            case DocumentState.Readable:
                _complained = _isNewer = _isForeign = false;
                if (string.CompareOrdinal(StatusOrder.Key(live.Status), document.Key) is var order
                    && (order > 0 || (order == 0 && live.Status.PlanOutlasts(document.Content!.Status))))
                {
                    await TellAsync(overwrite: false, document.Content!.Status);
                }

                break;
        }

        if (document.Key == StatusOrder.Key(live.Status) && live.HasLateCounts(fleet.Now))
        {
            fleet.Tell(live);
        }

        await RecallAsync(document, micros);
        _writes = document.Writes;
        if (_emptySince is { } since && fleet.Now - since > Remembering)
        {
            _emptySince = null;
        }

        IsJoined |= _emptySince is null;

        // An empty Redis proves nothing: somebody who remembers a rollback may be about to say so.
        if (live.Withheld && _emptySince is null)
        {
            live.Withhold(false);
            fleet.LogRejoined(live.Name, live.Status.Weight.Percent);
        }
    }

    /// <summary>What the fleet has, read by whoever was told that it is not what holds here.</summary>
    public void Hear(SharedContent content)
    {
        var before = live.Status;
        if (live.Merge(content.Plan, content.Status))
        {
            Wake();
            fleet.Adopted(live, before, new SharedContent(live.Plan, ReferenceEquals(live.Plan, content.Plan) ? content.Json : Known.Json, live.Status));
        }
    }

    private sealed record Lease(long Number, TimeSpan Until);
}
