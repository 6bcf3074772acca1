using System.Runtime.CompilerServices;
using Yarp.ReverseProxy.Model;

namespace Snapback.Proxy.Observing;

/// <summary>
/// The requests that share an arm's HTTP/2 connections. A server that has enough of one of their clients ends the connection of all. Kestrel
/// does for a body that does not come, for a header byte that is no ASCII, and for streams that are broken off by the hundred.
/// </summary>
internal sealed class Neighbours
{
    /// <summary>Half of what Kestrel takes of a client that breaks off all its streams, as it comes.</summary>
    private const int Many = 50;

    private static readonly ConditionalWeakTable<ClusterModel, Neighbours> All = [];

    /// <summary>One end is found by all requests of a connection, one after the other.</summary>
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly HashSet<ProxiedRequest> _suspects = [];
    private TimeSpan? _provoked;
    private TimeSpan _since;
    private int _brokenOff;
    private int _brokenOffBefore;

    /// <summary>Where either version may be spoken, an answer tells.</summary>
    private volatile bool _areMany;

    /// <summary>Null where every request has a connection to itself.</summary>
    public static Neighbours? Of(ClusterModel cluster, IReadOnlyList<DestinationState> destinations)
    {
        var asked = cluster.Config.HttpRequest;
        var orLower = asked?.VersionPolicy is null or HttpVersionPolicy.RequestVersionOrLower;
        var isHttp1 = asked?.Version is { Major: 1 };
        return (isHttp1 && asked?.VersionPolicy != HttpVersionPolicy.RequestVersionOrHigher) || ((isHttp1 || orLower) && !IsSecure(destinations))
            ? null
            : All.GetValue(cluster, static cluster => new Neighbours
            {
                _areMany = cluster.Config.HttpRequest?.VersionPolicy == HttpVersionPolicy.RequestVersionExact,
            });
    }

    public void AreMany()
    {
        if (!_areMany)
        {
            _areMany = true;
        }
    }

    public void Enter(ProxiedRequest suspect)
    {
        lock (_lock)
        {
            _suspects.Add(suspect);
        }
    }

    /// <param name="provoked">It has ended as its connection did, or may have brought that about.</param>
    public void Leave(ProxiedRequest suspect, bool provoked, TimeSpan now)
    {
        lock (_lock)
        {
            if (_suspects.Remove(suspect) && provoked)
            {
                _provoked = now;
            }
        }
    }

    /// <summary>A stream ended before its time for its client's sake.</summary>
    public void BreakOff(TimeSpan now)
    {
        lock (_lock)
        {
            Turn(now);
            _brokenOff++;
        }
    }

    /// <summary>If a connection ends now, one client of many can have brought it about.</summary>
    public bool HaveProvoked(TimeSpan now)
    {
        if (!_areMany)
        {
            return false;
        }

        lock (_lock)
        {
            Turn(now);
            if (_brokenOff + _brokenOffBefore >= Many || now - _provoked < Aftermath)
            {
                return true;
            }

            foreach (var suspect in _suspects)
            {
                if (suspect.Provokes(now))
                {
                    _provoked = now;
                    return true;
                }
            }

            return false;
        }
    }

    private void Turn(TimeSpan now)
    {
        if (now - _since >= Span)
        {
            (_since, _brokenOff, _brokenOffBefore) = (now, 0, now - _since < 2 * Span ? _brokenOff : 0);
        }
    }

    /// <summary>The first tells for all: there may be hundreds, and this is asked for every request.</summary>
    private static bool IsSecure(IReadOnlyList<DestinationState> destinations) =>
        destinations is [var first, ..] && first.Model.Config.Address.StartsWith("https:", StringComparison.OrdinalIgnoreCase);
}
