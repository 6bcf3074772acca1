using System.Threading.Channels;
using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>One ended request, as a recording has it.</summary>
/// <param name="At">Monotonic.</param>
/// <param name="Latency">Without an answer, how long it was waited for: past the limit it was slow. Null if the request was not sent whole.</param>
/// <param name="Status">The HTTP status of the arm's answer; 0 if there was none.</param>
/// <param name="Weight">The canary's share when the request was assigned.</param>
public readonly record struct OutcomeLine(TimeSpan At, Arm Arm, Outcome Outcome, TimeSpan? Latency, int Status, Weight Weight);

/// <summary>
/// Those who listen to a rollout's outcomes now. Nobody listening costs one read per request; a listener that is too slow loses
/// lines and is told how many, and no request ever waits for it.
/// </summary>
public sealed class OutcomeTaps
{
    /// <summary>Two seconds of a busy replica.</summary>
    private const int Capacity = 10_000;

    private readonly Lock _lock = new();
    private volatile Tap[] _taps = [];

    public void Tell(OutcomeLine line)
    {
        foreach (var tap in _taps)
        {
            tap.Offer(line);
        }
    }

    public Tap Open()
    {
        var tap = new Tap(this);
        lock (_lock)
        {
            _taps = [.. _taps, tap];
        }

        return tap;
    }

    private void Close(Tap tap)
    {
        lock (_lock)
        {
            _taps = [.. _taps.Where(other => other != tap)];
        }
    }

    /// <summary>One listener; it is heard until it is disposed.</summary>
    public sealed class Tap(OutcomeTaps owner) : IDisposable
    {
        private readonly Channel<OutcomeLine> _lines = Channel.CreateBounded<OutcomeLine>(
            new BoundedChannelOptions(Capacity) { SingleReader = true });
        private long _lost;

        public ChannelReader<OutcomeLine> Lines => _lines.Reader;

        /// <summary>Lines that this listener was too slow for.</summary>
        public long Lost => Volatile.Read(ref _lost);

        public void Dispose() => owner.Close(this);

        internal void Offer(OutcomeLine line)
        {
            if (!_lines.Writer.TryWrite(line))
            {
                Interlocked.Increment(ref _lost);
            }
        }
    }
}
