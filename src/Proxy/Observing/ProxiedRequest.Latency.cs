using Snapback.Control.Rollouts;

namespace Snapback.Proxy.Observing;

/// <summary>The arm's time: from the request's last byte to the answer, without what the client took to read it.</summary>
internal sealed partial class ProxiedRequest
{
    private const int Uploading = 0;
    private const int UploadEnded = 1;
    private const int AnsweredBefore = 2;

    /// <summary>In bytes a second: twice Kestrel's MinRequestBodyDataRate (240), since the arm measures by its own clock.</summary>
    private const double SlowestUpload = 480;

    /// <summary>Kestrel's grace period of 5 s, less what the arm may have begun to count earlier than this process.</summary>
    private static readonly TimeSpan UploadsPatience = TimeSpan.FromSeconds(4.5);

    /// <summary>Six times Kestrel's grace period, since the arm may have begun to read later: after it the upload would have been ended.</summary>
    private static readonly TimeSpan LongestPatience = TimeSpan.FromSeconds(30);

    private readonly bool _measuresTotal;
    private TimeSpan _sent;
    private volatile LatencyTicket? _ticket;
    private TimeSpan? _latency;
    private bool _measuresEnd;
    private TimeSpan _handedOver;
    private TimeSpan _held;
    private TimeSpan _longestHold;
    private long _uploadSince;
    private long _uploadWaited;
    private long _longestWait;
    private long _uploaded;
    private volatile bool _uploadEnded;

    /// <summary>Which came first, the upload's end or the answer: they come on different threads, and only the upload's end may start the clock.</summary>
    private int _clock;

    /// <summary>The client's body was read to its end: the arm's time begins, unless the arm has answered before.</summary>
    public void OnUploaded()
    {
        _uploadEnded = true;
        if (Interlocked.CompareExchange(ref _clock, UploadEnded, Uploading) == Uploading)
        {
            Sent(Now);
        }
    }

    /// <summary>Bytes of the answer go to the client; until the next <see cref="OnBodyAwaited"/> the time is the client's.</summary>
    public void OnBodyHandedOver(int bytes)
    {
        _bytes += bytes;
        _handedOver = Now;
        if (_measuresEnd)
        {
            _ticket?.HandOver(_handedOver);
        }
    }

    /// <summary>The next bytes of the answer are waited for: the time is the arm's again.</summary>
    public void OnBodyAwaited()
    {
        if (_handedOver == TimeSpan.Zero)
        {
            return;
        }

        var hold = Now - _handedOver;
        _handedOver = TimeSpan.Zero;
        // No hold is too short to count: with a threshold, a client that stays just below it could make a long body look slow.
        _held += hold;
        _longestHold = hold > _longestHold ? hold : _longestHold;

        if (_measuresEnd)
        {
            _ticket?.TakeBack(_held);
        }
    }

    /// <summary>The next bytes of the client's own body are waited for.</summary>
    public void OnUploadAwaited() => Volatile.Write(ref _uploadSince, Now.Ticks);

    public void OnUploadReceived(int bytes)
    {
        Volatile.Write(ref _uploaded, _uploaded + bytes);
        var waited = Now.Ticks - _uploadSince;
        Volatile.Write(ref _uploadWaited, _uploadWaited + waited);
        Volatile.Write(ref _longestWait, Math.Max(_longestWait, waited));
        Volatile.Write(ref _uploadSince, 0);
    }

    /// <summary>
    /// The client still owes bytes of its body. The client's share of the time would not tell: on a busy machine the connection to the arm may
    /// take most of it, even if the client sends nothing at all.
    /// </summary>
    private bool IsUploadAwaited => Volatile.Read(ref _uploadSince) != 0;

    /// <summary>The time that was spent waiting for the client, to send its body and to take the answer.</summary>
    private TimeSpan ClientsTime(TimeSpan now)
    {
        var since = Volatile.Read(ref _uploadSince);
        var upload = Volatile.Read(ref _uploadWaited) + (since == 0 ? 0 : now.Ticks - since);
        return new TimeSpan(upload) + _held + (_handedOver == TimeSpan.Zero ? TimeSpan.Zero : now - _handedOver);
    }

    /// <summary>
    /// A client that took nothing, or sent nothing, for so long may be why the arm hung up: servers give a peer 5 s (Kestrel) to 60 s
    /// (nginx), and cannot know that it is not the proxy.
    /// </summary>
    private bool HasTriedPatience(TimeSpan now) => _longestHold >= ArmsPatience || HasStalled(now);

    /// <summary>The upload made the arm wait for too long: in one read, or on average, as Kestrel measures it (240 bytes a second, after 5 s).</summary>
    private bool HasStalled(TimeSpan now)
    {
        var since = Volatile.Read(ref _uploadSince);
        var current = since == 0 ? 0 : now.Ticks - since;
        var waited = new TimeSpan(Volatile.Read(ref _uploadWaited) + current);
        return Math.Max(Volatile.Read(ref _longestWait), current) >= UploadsPatience.Ticks
            || (waited >= UploadsPatience && Volatile.Read(ref _uploaded) < SlowestUpload * waited.TotalSeconds);
    }

    /// <summary>The upload has been too slow for so long that an arm which ends connections for it would have done so.</summary>
    private bool HasOutlasted(TimeSpan now)
    {
        var since = Volatile.Read(ref _uploadSince);
        var waited = new TimeSpan(Volatile.Read(ref _uploadWaited) + (since == 0 ? 0 : now.Ticks - since));
        return waited >= LongestPatience && Volatile.Read(ref _uploaded) < SlowestUpload / 4 * waited.TotalSeconds;
    }

    /// <summary>This process did not run for a considerable part of the request's time: the arm may have answered in time.</summary>
    private bool WasStalled(TimeSpan now) => Stalled(_picked, now) >= (now - _picked) * OthersShare;

    private TimeSpan Stalled(TimeSpan from, TimeSpan to) => to - from < StallWatch.Shortest ? TimeSpan.Zero : _rollout.Stalls.Between(from, to);

    private void Sent(TimeSpan now)
    {
        _sent = now;
        _ticket = Generation.Dispatch(Pick, now);
    }

    private void MeasureHeaders(TimeSpan now, bool failed)
    {
        _measuresEnd = _measuresTotal && !_isEndless && !failed;
        if (!_measuresEnd)
        {
            Measure(now, isAnswer: !failed);
        }
    }

    private void MeasureEnd(TimeSpan now, bool isAnswer)
    {
        OnBodyAwaited();
        Measure(now, isAnswer);
    }

    /// <summary>
    /// Measures the arm's time, once. A failure has no latency: it is judged as a failure, and fast ones would improve the p95. One that took
    /// longer than the limit has counted as slow by then, as has a request whose client gave up after it.
    /// </summary>
    private void Measure(TimeSpan now, bool isAnswer)
    {
        if (_sent == TimeSpan.Zero)
        {
            return;
        }

        var latency = now - _sent - _held;
        // A stall while the client was reading is part of what was held already.
        var stalled = TimeSpan.FromTicks(Math.Min(Stalled(_sent, now).Ticks, latency.Ticks));
        _latency = latency - stalled;
        if (isAnswer)
        {
            Generation.Measured(Pick, latency, stalled, now);
        }

        if (_ticket is { } ticket)
        {
            // Tickets are pooled: once answered or excused it may belong to another request.
            _ticket = null;
            if (isAnswer)
            {
                Generation.Answered(ticket, now);
            }
            else
            {
                Generation.Excused(ticket, now);
            }
        }

        _sent = TimeSpan.Zero;
    }
}
