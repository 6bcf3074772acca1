using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The requests that share an arm's HTTP/2 connections. A server that has enough of one of their clients ends the connection of all. Kestrel
/// does for a body that does not come, for a header that is no UTF-8, and, after it has asked for calm, for streams that are broken off.
/// </summary>
internal sealed class Neighbours
{
    /// <summary>Half of what Kestrel takes, beside as many streams as it allows, before it asks for calm.</summary>
    private const int Many = 50;

    private static readonly ConditionalWeakTable<ClusterModel, Neighbours> All = [];

    /// <summary>One end is found by all requests of a connection, one after the other.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(10);

    /// <summary>There may be thousands of uploads, and each request of a broken connection asks.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(0.1);

    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedRequest> _uploads = [];
    private readonly long[] _brokenOff = new long[Many];
    private long _provoked = long.MinValue / 2;
    private long _asked = long.MinValue / 2;
    private uint _last;

    /// <summary>Where either version may be spoken, an answer tells.</summary>
    private volatile bool _areMany;

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

    public void AreMany()
    {
        if (!_areMany)
        {
            _areMany = true;
        }
    }

    /// <summary>An answer to a header that is no UTF-8: such a one ends nothing here.</summary>
    public void TakesAnyByte() => _takesAnyByte = true;

    /// <summary>A header that is no UTF-8 goes out.</summary>
    public void SendByte(TimeSpan now)
    {
        if (!_takesAnyByte)
        {
            Provoke(now);
        }
    }

    /// <summary>Its body is waited for.</summary>
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

    /// <summary>What ends from now on may have been brought about.</summary>
    public void Provoke(TimeSpan now) => Volatile.Write(ref _provoked, now.Ticks);

    /// <summary>A stream ended before its time for its client's sake.</summary>
    public void BreakOff(TimeSpan now) => Volatile.Write(ref _brokenOff[Interlocked.Increment(ref _last) % Many], now.Ticks);

    /// <summary>The arm says that it has enough. It has a reason only if many streams were broken off.</summary>
    public void AskForCalm(TimeSpan now)
    {
        if (now.Ticks - Volatile.Read(ref _brokenOff[(Volatile.Read(ref _last) + 1) % Many]) < Span.Ticks)
        {
            Provoke(now);
        }
    }

    /// <summary>If a connection ends now, one client of many can have brought it about.</summary>
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
            // All requests of a connection end at once, and whoever waited here has the answer.
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

    /// <summary>The first tells for all: there may be hundreds, and this is asked for every request.</summary>
    private static bool IsSecure(IReadOnlyList<DestinationState> destinations) =>
        destinations is [var first, ..] && first.Model.Config.Address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
