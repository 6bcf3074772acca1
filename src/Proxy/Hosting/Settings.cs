using System.Collections.Immutable;
using System.Net;
using Snapback.Control.Admin;
using Snapback.Control.Sharing.Fleet;
using Snapback.Proxy.Forwarding;

namespace Snapback.Proxy.Hosting;

/// <summary>What <c>serve</c> was asked for on the command line.</summary>
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

    /// <summary>Of the embedded store.</summary>
    public string DataDirectory { get; init; } = "./data";

    public string Replica { get; init; } = Environment.MachineName;

    /// <summary>Null for a replica that runs alone.</summary>
    public FleetOptions? Fleet { get; init; }

    /// <summary>What opens the admin side; none only where it listens on loopback alone.</summary>
    public AdminTokens AdminTokens { get; init; } = AdminTokens.None;

    public ForwardingSettings Forwarding { get; init; } = ForwardingSettings.Default;

    /// <summary>Whose word on the arm is taken without a token.</summary>
    public ImmutableArray<IPNetwork> OverrideCallers { get; init; } = [];

    /// <summary>Where applications ask for flags; null for nowhere but the admin side.</summary>
    public string? FlagsUrls { get; init; }

    /// <summary>Opens the flags and nothing else; null for none, which only loopback allows.</summary>
    public string? FlagsToken { get; init; }

    public bool IsSidecar => Stable.Length > 0 || Canary.Length > 0;
}
