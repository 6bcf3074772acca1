namespace Snapback.Proxy.Observing;

/// <summary>
/// The head of an answer leaves with its first byte, so that until then stable can still answer. A stream may be silent for minutes after its
/// head, and its client waits for the head alone: it leaves a moment after it came, long enough to see whether the arm breaks off at once.
/// </summary>
internal static class EarlyHead
{
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    /// <param name="reading">The read of the body's first bytes.</param>
    public static async Task<int> LeavesBeforeAsync(Task<int> reading, HttpContext context, TimeProvider time, CancellationToken cancellationToken)
    {
        using (var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken))
        {
            if (await Task.WhenAny(reading, Task.Delay(Moment, time, waiting.Token)) != reading && !cancellationToken.IsCancellationRequested)
            {
                try
                {
                    await context.Response.Body.FlushAsync(cancellationToken);
                }
                catch (Exception e) when (e is OperationCanceledException or IOException)
                {
                    // The client is gone, of which the read learns too.
                }
            }

            await waiting.CancelAsync();
        }

        return await reading;
    }
}
