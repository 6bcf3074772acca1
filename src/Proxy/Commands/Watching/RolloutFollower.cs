using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Snapback.Proxy.Commands.Watching;

/// <summary>Looks at one rollout again and again, and outlives a restart of the admin side.</summary>
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

/// <summary>What was seen last, and why it may be old.</summary>
internal sealed record Glimpse(RolloutView Rollout, string? Trouble);
