using System.Diagnostics;
using Snapback.Proxy.Commands.Rendering;

namespace Snapback.Proxy.Commands.Watching;

/// <summary>Follows a rollout as one line per change, for logs and pipelines.</summary>
internal static class ChangeLines
{
    /// <param name="key">A line is written when this text is another than before.</param>
    /// <param name="said">Gets each line that was written.</param>
    /// <returns>The rollout once it is closed.</returns>
    public static async Task<RolloutView> FollowAsync(
        ClientCall call, string name, Func<RolloutView, string> key, Action<string> said, CancellationToken stop)
    {
        string? before = null;
        var lost = false;
        await foreach (var (rollout, trouble) in RolloutFollower.FollowAsync(call, name, stop))
        {
            if (trouble is not null)
            {
                if (!lost)
                {
                    await call.Error.WriteLineAsync($"{trouble} Trying again for {Figures.Duration(call.Host.Patience)}.");
                }

                lost = true;
                continue;
            }

            lost = false;
            if (key(rollout) is var now && now != before)
            {
                before = now;
                var line = StatusLine.Of(name, rollout);
                said(line);
                await call.Out.WriteLineAsync(line);
            }

            if (rollout.IsClosed)
            {
                return rollout;
            }
        }

        throw new UnreachableException();
    }
}
