namespace Snapback.Control.Analysis;

/// <summary>How far one replica's reports of one arm reach, and how busy it is. Not thread-safe.</summary>
internal sealed class HeardReplica(TimeSpan began)
{
    /// <summary>A burst of a few milliseconds says nothing about the next quarter second.</summary>
    private static readonly TimeSpan Window = TimeSpan.FromMilliseconds(200);

    private (long Responses, TimeSpan At)? _mark;

    /// <summary>Everything up to here has been told.</summary>
    public TimeSpan Until { get; private set; } = began;

    /// <summary>Good or bad.</summary>
    public long Responses { get; private set; }

    /// <summary>Responses per tick in the last whole window; NaN until one has passed.</summary>
    public double Pace { get; private set; } = double.NaN;

    /// <summary>How many responses <see cref="Pace"/> was learned from.</summary>
    public long Learned { get; private set; }

    public void Told(long responses, TimeSpan until)
    {
        Responses += responses;
        Until = until > Until ? until : Until;
    }

    /// <summary>All of a report has been told.</summary>
    public void Measure()
    {
        var (responses, at) = _mark ??= (Responses, Until);
        if (Elapsed.Between(at, Until) is var passed && passed >= Window)
        {
            Learned = Responses - responses;
            Pace = Learned / (double)passed.Ticks;
            _mark = (Responses, Until);
        }
    }
}
