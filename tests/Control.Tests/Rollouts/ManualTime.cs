namespace Snapback.Control.Tests.Rollouts;

/// <summary>
/// A clock that moves only when told. Its wall and its monotonic clock are separate, and its frequency is odd, so that code
/// that takes one for the other, or a timestamp for ticks, is wrong here.
/// </summary>
internal sealed class ManualTime : TimeProvider
{
    private const int Oddness = 7;

    private readonly Lock _lock = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _wall = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private TimeSpan _monotonic = TimeSpan.FromDays(3);

    public override long TimestampFrequency => TimeSpan.TicksPerSecond * Oddness;

    /// <summary>Called whenever somebody looks at the wall clock: a way into the middle of what looks.</summary>
    public Action? Looked { get; set; }

    public TimeSpan Monotonic
    {
        get
        {
            lock (_lock)
            {
                return _monotonic;
            }
        }
    }

    public override DateTimeOffset GetUtcNow()
    {
        Looked?.Invoke();
        lock (_lock)
        {
            return _wall;
        }
    }

    public override long GetTimestamp() => Monotonic.Ticks * Oddness;

    /// <summary>Somebody set the clock on the wall; no time passed.</summary>
    public void JumpWall(TimeSpan by)
    {
        lock (_lock)
        {
            _wall += by;
        }
    }

    public void Advance(TimeSpan by)
    {
        List<ManualTimer> due;
        lock (_lock)
        {
            _wall += by;
            _monotonic += by;
            due = _timers.FindAll(timer => timer.Due <= _monotonic);
            due.ForEach(timer => timer.Rearm(_monotonic));
        }

        due.ForEach(timer => timer.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, () => callback(state));
        lock (_lock)
        {
            _timers.Add(timer);
        }

        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class ManualTimer(ManualTime owner, Action fire) : ITimer
    {
        private TimeSpan _period;

        public TimeSpan Due { get; private set; } = TimeSpan.MaxValue;

        public void Fire() => fire();

        public void Rearm(TimeSpan now) => Due = _period > TimeSpan.Zero ? now + _period : TimeSpan.MaxValue;

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (owner._lock)
            {
                _period = period;
                Due = dueTime < TimeSpan.Zero ? TimeSpan.MaxValue : owner._monotonic + dueTime;
            }

            return true;
        }

        public void Dispose()
        {
            lock (owner._lock)
            {
                owner._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
