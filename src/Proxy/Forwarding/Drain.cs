namespace Snapback.Proxy.Forwarding;

/// <summary>
/// The time before the end in which clients are told that their connections close. A connection that is closed without a word may have a request
/// under way, and then its client cannot know whether an arm got it.
/// </summary>
internal sealed class Drain(TimeProvider time)
{
    /// <summary>
    /// How long clients that keep asking are waited for. Whoever asks less often than this has an idle connection, on which a request seldom meets the
    /// close.
    /// </summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1.5);

    /// <summary>So long without a request, and nobody is waited for.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    private long _lastRequest;
    private volatile bool _isOn;

    public bool IsOn => _isOn;

    /// <summary>Returns when the connections may be closed.</summary>
    /// <param name="unbind">Takes no new connections any more.</param>
    public async Task RunAsync(Func<Task> unbind)
    {
        var began = time.GetTimestamp();
        Volatile.Write(ref _lastRequest, began);
        // Readiness goes first, or a load balancer sends more clients into a closed door.
        _isOn = true;
        await unbind();
        while (time.GetElapsedTime(began) < Longest && time.GetElapsedTime(Volatile.Read(ref _lastRequest)) < Quiet)
        {
            await Task.Delay(Interval, time);
        }
    }

    /// <summary>Lets the response to an HTTP/1 request say that its connection closes. To HTTP/2 clients the server says so when it stops.</summary>
    public void Close(HttpContext context)
    {
        Volatile.Write(ref _lastRequest, time.GetTimestamp());
        if (!HttpProtocol.IsHttp2(context.Request.Protocol))
        {
            context.Response.OnStarting(
                static state =>
                {
                    var response = ((HttpContext)state).Response;
                    if (response.StatusCode != StatusCodes.Status101SwitchingProtocols)
                    {
                        response.Headers.Connection = "close";
                    }

                    return Task.CompletedTask;
                },
                context);
        }
    }
}
