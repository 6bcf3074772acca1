using System.Net.Http.Json;
using System.Text.Json;

namespace Snapback.LoadTests.Peers;

/// <summary>The product as an operator runs it: a process, a rollout at 10% with a sticky draw, two objectives, metrics and the admin side.</summary>
internal sealed class SnapbackPeer : IAsyncDisposable
{
    private const string Rollout = "loadtest";

    private readonly HttpClient _admin;

    private SnapbackPeer(Peer peer, Uri admin)
    {
        Peer = peer;
        _admin = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = admin };
    }

    public Peer Peer { get; }

    /// <summary>The executable; SNAPBACK_UNDER_TEST names another one, such as a published build.</summary>
    public static string Executable { get; } = Environment.GetEnvironmentVariable("SNAPBACK_UNDER_TEST") is { Length: > 0 } given ? given : Built();

    /// <summary>Serving, with the weight still at 0; <paramref name="probe"/> is answered through it.</summary>
    public static async Task<SnapbackPeer> StartAsync(
        Workshop workshop, string name, IEnumerable<string> upstreams, string? config = null, string probe = "/", params (string Name, string Value)[] environment)
    {
        var (http1, http2, admin) = (Loopback.Free(), Loopback.Free(), Loopback.Free());
        var file = $"{http1.Port}.json";
        var listeners = $$"""
            "Kestrel": { "Endpoints": {
              "http1": { "Url": "{{http1.Text()}}", "Protocols": "Http1" },
              "http2": { "Url": "{{http2.Text()}}", "Protocols": "Http2" } } }
            """;
        var settings = workshop.Write(file, config is null ? $$"""{ {{listeners}} }""" : $$"""{ {{listeners}}, {{config}} }""");
        var process = workshop.Own(Child.Start(
            Child.ProxyCore,
            Executable,
            ["serve", "--urls", http1.Text(), "--admin-urls", admin.Text(), "--config", settings, "--data", Path.Combine(workshop.Path, $"data-{http1.Port}"), .. upstreams],
            environment));
        var snapback = workshop.Own(new SnapbackPeer(new Peer(name, http1, http2, process), admin));
        await process.AnswersAsync(new Uri(http1, probe));
        return snapback;
    }

    /// <summary>The sidecar form.</summary>
    public static Task<SnapbackPeer> SidecarAsync(Workshop workshop, Uri stable, Uri canary) => SidecarAsync(workshop, Peer.Snapback, stable, canary);

    /// <summary>The same with the lean forwarder.</summary>
    public static Task<SnapbackPeer> LeanAsync(Workshop workshop, Uri stable, Uri canary) => SidecarAsync(workshop, Peer.SnapbackLean, stable, canary, ("Snapback__Forwarder", "lean"));

    private static Task<SnapbackPeer> SidecarAsync(Workshop workshop, string name, Uri stable, Uri canary, params (string, string)[] environment) =>
        StartAsync(workshop, name, ["--stable", stable.Text(), "--canary", canary.Text(), "--plan", workshop.Write("plan.yaml", Plan(Rollout))], environment: environment);

    /// <summary>A latency limit that a saturated core does not break.</summary>
    public static string Plan(string name) => $$"""
        name: {{name}}
        steps: [ { weight: {{NginxPeers.Share}}%, hold: 24h } ]
        objectives: [ { metric: success-rate, min: 99.5% }, { metric: p95, max: 5s } ]
        rollback: { authority: [ loadtests ], deadline: 5m }
        sticky: { by: "header:X-User-Id" }
        """;

    public async Task RolloutAsync(string name = Rollout, string version = "v2")
    {
        using var response = await _admin.PostAsJsonAsync($"api/rollouts/{name}/start", new { version });
        if (!response.IsSuccessStatusCode)
        {
            throw new InvalidOperationException($"The rollout '{name}' did not start: {await response.Content.ReadAsStringAsync()}");
        }
    }

    public async Task RollBackAsync()
    {
        using var response = await _admin.PostAsJsonAsync($"api/rollouts/{Rollout}/rollback", new { reason = "The round is over." });
        response.EnsureSuccessStatusCode();
    }

    public Task<JsonElement> StatusAsync() => _admin.GetFromJsonAsync<JsonElement>($"api/rollouts/{Rollout}");

    public Task<string> MetricsAsync() => _admin.GetStringAsync("metrics");

    /// <summary>Null if the split went on to the end as it should, else what is wrong with it.</summary>
    public async Task<string?> ProblemAsync(string name = Rollout)
    {
        using var status = JsonDocument.Parse(await _admin.GetStringAsync($"api/rollouts/{name}"));
        var phase = status.RootElement.GetProperty("phase").GetString();
        var arms = status.RootElement.GetProperty("arms");
        var (stable, canary) = (Requests("stable"), Requests("canary"));
        var share = 100.0 * canary / Math.Max(1, stable + canary);
        return phase != "Progressing" ? $"The rollout is {phase}: {status.RootElement.GetProperty("rollback")}"
            : Math.Abs(share - NginxPeers.Share) > NginxPeers.Share / 2.0 ? $"The canary got {share:0.#}% of the requests, {NginxPeers.Share}% wanted."
            : null;

        long Requests(string arm) => arms.GetProperty(arm).GetProperty("requests").GetInt64();
    }

    public ValueTask DisposeAsync()
    {
        _admin.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Built()
    {
        // loadtests/bin/CONFIGURATION/net10.0 → src/Proxy/bin/CONFIGURATION/net10.0
        var framework = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var configuration = framework.Parent!;
        return Path.Combine(configuration.Parent!.Parent!.Parent!.FullName, "src", "Proxy", "bin", configuration.Name, framework.Name, "snapback");
    }
}
