namespace Snapback.LoadTests.Peers;

/// <summary>A proxy under test, in front of the same two upstreams as its rivals.</summary>
/// <param name="Http1">Where it speaks HTTP/1.1.</param>
/// <param name="Http2">Where it speaks HTTP/2 in clear text.</param>
internal sealed record Peer(string Name, Uri Http1, Uri Http2, Child Process)
{
    public const string NginxWeighted = "nginx, weighted upstreams";
    public const string NginxSplit = "nginx, split_clients";
    public const string Haproxy = "HAProxy, weights";
    public const string YarpTemplate = "YARP as the template makes it";
    public const string YarpSame = "YARP with the same settings";
    public const string YarpHost = "YARP with the same settings, client's Host kept";
    public const string Snapback = "Snapback, everything on";
    public const string SnapbackPublished = "Snapback, everything on, published";
    public const string SnapbackLean = "Snapback, everything on, lean forwarder";

    /// <summary>Where it speaks both over TLS; null where the workshop has no certificate.</summary>
    public Uri? Https { get; init; }
}
