using System.Net.Http.Json;
using System.Text.Json;

namespace Snapback.LoadTests.Peers;

/// <summary>The product as an operator runs it: a process, a rollout at 10% with a sticky draw, two objectives, metrics and the admin side.</summary>
internal sealed class SnapbackPeer : IAsyncDisposable
{
    private const string Rollout = "loadtest";

    private readonly HttpClient _admin;

    private SnapbackPeer(Peer peer, Uri admin, string data)
    {
        Peer = peer;
        Data = data;
        _admin = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = admin };
    }

    public Peer Peer { get; }

    /// <summary>The store's directory.</summary>
    public string Data { get; }

    /// <summary>Serving, with the weight still at 0; <paramref name="probe"/> is answered through it.</summary>
    /// <param name="data">A store that was used before; a new one if absent.</param>
    public static Task<SnapbackPeer> StartAsync(
        Workshop workshop, string name, IEnumerable<string> upstreams, string? config = null, string probe = "/",
        string? data = null, params (string Name, string Value)[] environment) =>
        StartAsync(workshop, SnapbackBuild.Plain with { Name = name }, data, upstreams, config, probe, environment);

    private static async Task<SnapbackPeer> StartAsync(
        Workshop workshop, SnapbackBuild build, string? data, IEnumerable<string> upstreams, string? config, string probe,
        (string Name, string Value)[] environment)
    {
        var (http1, http2, https, admin) = (Loopback.Free(), Loopback.Free(), Loopback.FreeHttps(workshop), Loopback.Free());
        var tls = https is null ? "" : $$"""
            , "https": {
                "Url": "{{https.Text()}}",
                "Certificate": { "Path": "{{workshop.Tls!.Certificate}}", "KeyPath": "{{workshop.Tls.Key}}" } }
            """;
        var file = $"{http1.Port}.json";
        data ??= Path.Combine(workshop.Path, $"data-{http1.Port}");
        var listeners = $$"""
            "Kestrel": { "Endpoints": {
              "http1": { "Url": "{{http1.Text()}}", "Protocols": "Http1" },
              "http2": { "Url": "{{http2.Text()}}", "Protocols": "Http2" }{{tls}} } }
            """;
        var settings = workshop.Write(file, config is null ? $$"""{ {{listeners}} }""" : $$"""{ {{listeners}}, {{config}} }""");
        var process = workshop.Own(Child.Start(
            Child.ProxyCore,
            build.Executable,
            ["serve", "--urls", http1.Text(), "--admin-urls", admin.Text(), "--config", settings, "--data", data, .. upstreams],
            environment));
        var snapback = workshop.Own(new SnapbackPeer(new Peer(build.Name, http1, http2, process) { Https = https }, admin, data));
        await process.AnswersAsync(new Uri(http1, probe));
        return snapback;
    }

    /// <summary>The sidecar form.</summary>
    /// <param name="data">A store that was used before; a new one if absent.</param>
    public static Task<SnapbackPeer> SidecarAsync(
        Workshop workshop, SnapbackBuild build, Uri stable, Uri canary, string? data = null, params (string Name, string Value)[] environment)
    {
        var plan = workshop.Write("plan.yaml", Plan(Rollout));
        string[] upstreams = ["--stable", stable.Text(), "--canary", canary.Text(), "--plan", plan];
        return StartAsync(workshop, build, data, upstreams, null, "/", environment);
    }

    /// <summary>The same with the lean forwarder.</summary>
    public static Task<SnapbackPeer> LeanAsync(Workshop workshop, Uri stable, Uri canary) =>
        SidecarAsync(workshop, SnapbackBuild.Plain with { Name = Peer.SnapbackLean }, stable, canary, environment: ("Snapback__Forwarder", "lean"));

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
}
