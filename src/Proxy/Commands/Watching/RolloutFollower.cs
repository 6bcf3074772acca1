using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Snapback.Proxy.Commands.Watching;

/// <summary>Polls one rollout, also across a restart of the admin side.</summary>
internal static class RolloutFollower
{
    public static async IAsyncEnumerable<Glimpse> FollowAsync(
        ClientCall call, string name, [EnumeratorCancellation] CancellationToken stop)
    {
        RolloutView? last = null;
        long? lostAt = null;
        while (true)
        {
            string? trouble = null;
            try
            {
                last = (await call.Admin.GetAsync(name, stop)).As<RolloutView>();
                lostAt = null;
            }
            catch (AdminUnreachableException e) when (last is not null)
            {
                lostAt ??= Stopwatch.GetTimestamp();
                if (Stopwatch.GetElapsedTime(lostAt.Value) >= call.Host.Patience)
                {
                    throw;
                }

                trouble = e.Message;
            }

            yield return new Glimpse(last, trouble);
            await Task.Delay(call.Host.LookEvery, stop);
        }
    }
}

/// <summary>A rollout as it was last seen.</summary>
/// <param name="Trouble">Why it may be outdated; null if it was just read.</param>
internal sealed record Glimpse(RolloutView Rollout, string? Trouble);
