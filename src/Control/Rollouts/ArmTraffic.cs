using Snapback.Control.Analysis;

namespace Snapback.Control.Rollouts;

/// <summary>
/// One arm's answers since the process began, by method and status, for the scrape. Counting is one interlocked increment:
/// a row per status is made when that status is first seen, and the rows are bounded.
/// </summary>
public sealed class ArmTraffic
{
    /// <summary>Nine methods of RFC 9110 and RFC 5789; anything else counts as "other", so that no client invents a label.</summary>
    public static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE", "other"];

    /// <summary>Real services use a dozen; beyond this a status counts as 0, so that no upstream invents labels.</summary>
    private const int MaxStatuses = 64;

    private readonly Lock _adding = new();
    private volatile Row[] _rows = [];
    private long _shielded;
    private long _hedged;
    private long _cut;

    public LatencyHistogram Duration { get; } = new();

    /// <summary>Failures that the other arm answered instead.</summary>
    public long Shielded => Volatile.Read(ref _shielded);

    /// <summary>Slow requests that the other arm answered first.</summary>
    public long Hedged => Volatile.Read(ref _hedged);

    /// <summary>Requests that were ended because they outlived a rollback's drain time.</summary>
    public long WereCut => Volatile.Read(ref _cut);

    /// <param name="duration">Null where it would not be the arm's own.</param>
    public void Count(string method, int status, TimeSpan? duration)
    {
        RowOf(status).Counts[IndexOf(method)].Add(1);
        if (duration is { } elapsed)
        {
            Duration.Record(elapsed);
        }
    }

    internal void CountHedged() => Interlocked.Increment(ref _hedged);

    internal void CountShielded() => Interlocked.Increment(ref _shielded);

    internal void CountCut() => Interlocked.Increment(ref _cut);

    /// <summary>Calls back for every method and status that was seen.</summary>
    public void Each(Action<string, int, long> visit)
    {
        foreach (var row in _rows)
        {
            for (var i = 0; i < Methods.Length; i++)
            {
                if (row.Counts[i].Value is > 0 and var count)
                {
                    visit(Methods[i], row.Status, count);
                }
            }
        }
    }

    private static int IndexOf(string method)
    {
        for (var i = 0; i < Methods.Length - 1; i++)
        {
            if (string.Equals(Methods[i], method, StringComparison.Ordinal))
            {
                return i;
            }
        }

        return Methods.Length - 1;
    }

    private Row RowOf(int status)
    {
        foreach (var row in _rows)
        {
            if (row.Status == status)
            {
                return row;
            }
        }

        return Add(status);
    }

    private Row Add(int status)
    {
        lock (_adding)
        {
            var rows = _rows;
            status = rows.Length < MaxStatuses ? status : 0;
            if (Array.Find(rows, row => row.Status == status) is { } known)
            {
                return known;
            }

            var added = new Row(status);
            _rows = [.. rows, added];
            return added;
        }
    }

    private sealed class Row(int status)
    {
        public readonly LaneCounter[] Counts = [.. Methods.Select(_ => new LaneCounter())];

        public int Status => status;
    }
}
