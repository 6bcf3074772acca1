using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;

namespace Snapback.Control.Admin;

/// <summary>
/// Who asks in the moment between a rollback and its record waits for the record, on no thread: the weight is 0 already, and a status without
/// the reason would say that the rollout goes on.
/// </summary>
internal sealed class RecordWait(ControlPlane plane)
{
    /// <summary>
    /// Far more than compiling takes, and too little to be felt. A deciding thread that got no core for longer keeps nobody waiting: the answer
    /// says that the weight is 0.
    /// </summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    /// <summary>Not as a filter of the end points: to make one for each would cost every start what no request needs.</summary>
    public void Use(IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (context.Request.Path.StartsWithSegments(AdminApi.Rollouts, StringComparison.OrdinalIgnoreCase))
        {
            await UntilRecordedAsync(context.GetRouteValue("name") as string);
        }

        await next(context);
    });

    private async Task UntilRecordedAsync(string? name)
    {
        var began = plane.Time.GetTimestamp();
        // Before the look: a record right after it ends the wait.
        for (var change = plane.Board.Changes.Next;
            IsAwaited(name) && Patience - plane.Time.GetElapsedTime(began) is var left && left > TimeSpan.Zero;
            change = plane.Board.Changes.Next)
        {
            await Task.WhenAny(change, Task.Delay(left, plane.Time));
        }
    }

    private bool IsAwaited(string? name) => name is null
        ? plane.Board.Each.Any(static live => live.IsUnrecorded)
        : plane.Board.TryGet(name, out var live) && live.IsUnrecorded;
}
