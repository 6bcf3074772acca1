using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Snapback.Control;

/// <summary>The places of one kind of stream that stays open: whoever comes when all are taken is refused, and costs nothing.</summary>
/// <param name="most">How many may listen at once.</param>
internal sealed class Listeners(int most)
{
    private int _open;

    /// <summary>Runs a stream until it ends, its reader leaves or this replica stops.</summary>
    /// <param name="follow">Writes the stream; its token ends it.</param>
    /// <returns>False if all places are taken: nothing was written.</returns>
    public async Task<bool> TryFollowAsync(HttpContext context, Func<CancellationToken, Task> follow)
    {
        try
        {
            if (Interlocked.Increment(ref _open) > most)
            {
                return false;
            }

            using var ended = CancellationTokenSource.CreateLinkedTokenSource(
                context.RequestAborted, context.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
            await follow(ended.Token);
        }
        catch (OperationCanceledException)
        {
            // The reader left, or this replica stops.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }

        return true;
    }
}
