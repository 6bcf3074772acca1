using System.Collections.Immutable;
using System.Net;
using Snapback.Control.Admin;
using Snapback.Control.Sharing.Fleet;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>The settings of <c>serve</c>, from the command line and the <c>Snapback</c> section.</summary>
internal sealed record Settings
{
    public string Urls { get; init; } = "http://*:8080";

    public string AdminUrls { get; init; } = "http://127.0.0.1:8081";

    /// <summary>A second appsettings file, on top of the one beside the executable.</summary>
    public string? ConfigFile { get; init; }

    public ImmutableArray<string> PlanFiles { get; init; } = [];

    /// <summary>Destinations of the sidecar form.</summary>
    public ImmutableArray<string> Stable { get; init; } = [];

    public ImmutableArray<string> Canary { get; init; } = [];

    /// <summary>The directory of the embedded store.</summary>
    public string DataDirectory { get; init; } = "./data";

    /// <summary>This replica's name in records and among the others of a fleet.</summary>
    public string Replica { get; init; } = Environment.MachineName;

    /// <summary>Null for a replica that runs alone.</summary>
    public FleetOptions? Fleet { get; init; }

    /// <summary>The tokens that open the admin side; none is allowed only if it listens on loopback.</summary>
    public AdminTokens AdminTokens { get; init; } = AdminTokens.None;

    public ForwardingSettings Forwarding { get; init; } = ForwardingSettings.Default;

    /// <summary>The networks whose callers may choose an arm without a token.</summary>
    public ImmutableArray<IPNetwork> OverrideCallers { get; init; } = [];

    /// <summary>Where applications ask for flags; null if only the admin side answers them.</summary>
    public string? FlagsUrls { get; init; }

    /// <summary>The token that opens the flags side only; none is allowed only if it listens on loopback.</summary>
    public AdminTokens FlagsTokens { get; init; } = AdminTokens.None;

    public bool IsSidecar => Stable.Length > 0 || Canary.Length > 0;
}
