namespace Snapback.Control.Rollouts;

/// <summary>
/// One instant on two clocks: the wall clock for people, the monotonic one for every duration, so that a clock that is
/// set forward or back moves no step, no verdict and no deadline.
/// </summary>
/// <param name="Wall">For display and records only.</param>
/// <param name="Monotonic">Time since an arbitrary start in this process; never stored.</param>
public readonly record struct Moment(DateTimeOffset Wall, TimeSpan Monotonic)
{
    public static Moment Now(TimeProvider time) => new(time.GetUtcNow(), time.GetElapsedTime(0));

    public TimeSpan Since(TimeSpan earlier) => Monotonic > earlier ? Monotonic - earlier : TimeSpan.Zero;
}
