using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The requests that share an arm's HTTP/2 connections. Because of one of their clients a server may end the connection of all, and the arm
/// must not be charged for that. Kestrel does so for a body that does not come, for a header that is not UTF-8, and for many streams that
/// are broken off (it first sends ENHANCE_YOUR_CALM).
/// </summary>
internal sealed class Neighbours
{
    /// <summary>Streams broken off within <see cref="Span"/> that can be the reason for ENHANCE_YOUR_CALM: half of what Kestrel tolerates.</summary>
    private const int Many = 50;

    private static readonly ConditionalWeakTable<ClusterModel, Neighbours> All = [];

    /// <summary>How long after a provocation a connection's end is put down to it: its requests find the end one after the other.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    /// <summary>Within which broken-off streams are counted together.</summary>
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    /// <summary>The uploads are searched this often at most: there may be thousands, and every request of a broken connection asks.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.1);

    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedRequest> _uploads = [];
    private readonly long[] _brokenOff = new long[Many];
    private long _provoked = long.MinValue / 2;
    private long _asked = long.MinValue / 2;
    private uint _last;

    /// <summary>The arm speaks HTTP/2. Where HTTP/1.1 is possible too, the first answer tells.</summary>
    private volatile bool _areMany;

    /// <summary>The arm has answered a request with a header that is not UTF-8, so such a header ends no connection.</summary>
    private volatile bool _takesAnyByte;

    private Neighbours(bool areMany)
    {
        _areMany = areMany;
        Array.Fill(_brokenOff, long.MinValue / 2);
    }

    /// <summary>Null where every request has a connection to itself.</summary>
    public static Neighbours? Of(ClusterModel cluster, IReadOnlyList<DestinationState> destinations)
    {
        var asked = cluster.Config.HttpRequest;
        var orLower = asked?.VersionPolicy is null or HttpVersionPolicy.RequestVersionOrLower;
        var isHttp1 = asked?.Version is { Major: 1 };
        return (isHttp1 && asked?.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher) || ((isHttp1 || orLower) && !IsSecure(destinations))
            ? null
            : All.GetValue(cluster, static cluster => new(cluster.Config.HttpRequest?.VersionPolicy == HttpVersionPolicy.RequestVersionExact));
    }

    /// <summary>An answer came by HTTP/2: requests do share a connection.</summary>
    public void AreMany()
    {
        if (!_areMany)
        {
            _areMany = true;
        }
    }

    /// <summary>The arm answered a request with a header that is not UTF-8: it does not end connections for one.</summary>
    public void TakesAnyByte() => _takesAnyByte = true;

    /// <summary>A request with a header that is not UTF-8 is sent.</summary>
    public void SendByte(TimeSpan now)
    {
        if (!_takesAnyByte)
        {
            Provoke(now);
        }
    }

    /// <summary>The upload's body has to be waited for.</summary>
    public void Enter(ProxiedRequest upload)
    {
        lock (_lock)
        {
            if (!upload.HasParted)
            {
                _uploads.Add(upload);
            }
        }
    }

    public void Leave(ProxiedRequest upload)
    {
        lock (_lock)
        {
            _uploads.Remove(upload);
        }
    }

    /// <summary>A client has just done what makes a server end the connection.</summary>
    public void Provoke(TimeSpan now) => Volatile.Write(ref _provoked, now.Ticks);

    /// <summary>A stream was reset because its client left.</summary>
    public void BreakOff(TimeSpan now) => Volatile.Write(ref _brokenOff[Interlocked.Increment(ref _last) % Many], now.Ticks);

    /// <summary>The arm sent ENHANCE_YOUR_CALM. That is put down to the clients only if many streams were broken off.</summary>
    public void AskForCalm(TimeSpan now)
    {
        if (now.Ticks - Volatile.Read(ref _brokenOff[(Volatile.Read(ref _last) + 1) % Many]) < Span.Ticks)
        {
            Provoke(now);
        }
    }

    /// <summary>True if one client of many can be the reason that a connection ends now.</summary>
    public bool HaveProvoked(TimeSpan now) => _areMany && (WereJustProvoked(now) || HasStalledUpload(now));

    private bool WereJustProvoked(TimeSpan now) => now.Ticks - Volatile.Read(ref _provoked) < Aftermath.Ticks;

    private bool HasStalledUpload(TimeSpan now)
    {
        if (now.Ticks - Volatile.Read(ref _asked) < Pause.Ticks)
        {
            return false;
        }

        lock (_lock)
        {
            // All requests of a connection end at once: another may have found the upload while this one waited for the lock.
            if (WereJustProvoked(now))
            {
                return true;
            }

            foreach (var upload in _uploads)
            {
                if (upload.Stalls(now))
                {
                    Provoke(now);
                    return true;
                }
            }

            Volatile.Write(ref _asked, now.Ticks);
            return false;
        }
    }

    /// <summary>The scheme of the first destination stands for all: there may be hundreds, and every request asks.</summary>
    private static bool IsSecure(IReadOnlyList<DestinationState> destinations) =>
        destinations is [var first, ..] && first.Model.Config.Address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
