namespace Snapback.Control.Rollouts;

/// <summary>
/// One instant on two clocks: the wall clock for people, the monotonic one for every duration, so that a clock that is
/// set forward or back moves no step, no verdict and no deadline.
/// </summary>
/// <param name="Wall">For display and records only.</param>
/// <param name="Monotonic">Time since an arbitrary start in this process; never stored.</param>
public readonly record struct Moment(DateTimeOffset Wall, TimeSpan Monotonic)
{
    public static Moment Now(TimeProvider time)
    {
        // First: what ends with it shall not last for as long as it takes to read the other clock.
        var monotonic = time.GetElapsedTime(0);
        return new Moment(time.GetUtcNow(), monotonic);
    }

    public TimeSpan Since(TimeSpan earlier) => Monotonic > earlier ? Monotonic - earlier : TimeSpan.Zero;
}
