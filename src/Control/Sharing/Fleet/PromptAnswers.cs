using Snapback.Control.Analysis;

namespace Snapback.Control.Sharing.Fleet;

/// <summary>
/// Which reports of the others are answered with this replica's own sums, and when. After a failure the judges ask how many good
/// responses there were beside it; until everybody has told, that is an estimate. Thread-safe.
/// </summary>
internal sealed class PromptAnswers
{
    /// <summary>
    /// Every failure is answered by all to all: at 32 replicas a thousand deliveries, forty times a second at most, were measured as 18% of
    /// a core of Redis and 42 MB/s (docs/scaling.md). It grows with the square; larger fleets wait for the beat.
    /// </summary>
    internal const int MostReplicas = 32;

    /// <summary>Failures that come thicker are answered together.</summary>
    internal static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(25);

    private readonly Lock _lock = new();
    private TimeSpan? _last;
    private bool _owed;

    /// <summary>Heard, and not settled yet.</summary>
    public bool IsOwed
    {
        get
        {
            lock (_lock)
            {
                return _owed;
            }
        }
    }

    /// <summary>What a report of another replica asks for.</summary>
    /// <param name="news">What nobody had told before. Without a failure of the canary's it asks for nothing, so no answer is answered.</param>
    /// <param name="replicas">Live ones, this one included.</param>
    /// <param name="now">Monotonic, here.</param>
    /// <returns>In how long the answer is due; null if there is none to give, or one is on its way.</returns>
    public TimeSpan? Heard(Tally news, int replicas, TimeSpan now)
    {
        lock (_lock)
        {
            if (_owed || !news.HasCanaryBad || replicas > MostReplicas)
            {
                return null;
            }

            _owed = true;
            return _last is { } last && last + Pace > now ? last + Pace - now : TimeSpan.Zero;
        }
    }

    /// <summary>The sums are being told, for whatever reason.</summary>
    /// <returns>Whether an answer was owed.</returns>
    public bool Settle(TimeSpan now)
    {
        lock (_lock)
        {
            var owed = _owed;
            (_owed, _last) = (false, owed ? now : _last);
            return owed;
        }
    }
}
