using System.Net.Sockets;

namespace Snapback.Proxy.Observing;

/// <summary>
/// This process can open no other connection: its limit of open files, or the machine's, is used up. That is no arm's, and would hit the canary
/// first, which has fewer connections from before.
/// </summary>
internal sealed class OwnShortage(Serilog.ILogger logger, TimeProvider time)
{
    /// <summary>Thousands of requests may fail a second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private long _toldAt = -Interval.Ticks;

    public static bool Is(Exception? exception)
    {
        while (exception is not (null or SocketException))
        {
            exception = exception.InnerException;
        }

        return exception is SocketException { SocketErrorCode: SocketError.TooManyOpenSockets or SocketError.NoBufferSpaceAvailable };
    }

    public void Tell()
    {
        var (told, now) = (Volatile.Read(ref _toldAt), time.GetElapsedTime(0).Ticks);
        if (now - told >= Interval.Ticks && Interlocked.CompareExchange(ref _toldAt, now, told) == told)
        {
            logger.Error(
                "This process has no file left for another connection: new clients wait, or requests fail that no arm is charged with. " +
                "Raise its limit of open files: ulimit -n, LimitNOFILE= of systemd, --ulimit nofile= of Docker.");
        }
    }
}
