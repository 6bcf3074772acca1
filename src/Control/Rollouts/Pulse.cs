namespace Snapback.Control.Rollouts;

/// <summary>Wakes whoever waits for a change. A beat runs nobody's code on the beating thread, so it may come under a lock.</summary>
public sealed class Pulse
{
    private TaskCompletionSource _next = Make();

    /// <summary>Ends with the next beat. Taken before one looks, so that a change in between is not missed.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Beat() => Interlocked.Exchange(ref _next, Make()).TrySetResult();

    private static TaskCompletionSource Make() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
