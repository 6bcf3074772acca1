using System.Text.Json;

namespace Snapback.Journeys.Harness;

/// <summary>
/// What a journey stands on. Everything it starts is stopped at its end, in reverse order, also when it failed; then the
/// proxies' last words are shown, since they are what a reader of the failure asks for first.
/// </summary>
public abstract class Journey : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = [];

    protected Journey() => Folder = Own(new Folder());

    internal Folder Folder { get; }

    /// <summary>Whether a run may take its time.</summary>
    protected static bool IsLong => Environment.GetEnvironmentVariable("SNAPBACK_ALL") == "1";

    protected static CancellationToken Ended => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        var failed = TestContext.Current.TestState?.Result == TestResult.Failed;
        while (_owned.TryPop(out var owned))
        {
            if (failed && owned is SnapbackProcess proxy)
            {
                TestContext.Current.TestOutputHelper?.WriteLine(proxy.Process.Tail());
            }

            await owned.DisposeAsync();
        }
    }

    internal T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    internal async Task<Nginx> NginxAsync(NginxAnswer answer, int? perConnection = null) => Own(await Nginx.StartAsync(answer, perConnection));

    internal Upstream Upstream(string version) => Own(new Upstream(version));

    /// <summary>A proxy of its own data directory and ports that is ready.</summary>
    internal async Task<SnapbackProcess> SnapbackAsync(params string[] args)
    {
        var proxy = Own(SnapbackProcess.Start(Folder, args));
        await proxy.ReadyAsync();
        return proxy;
    }

    /// <summary>The sidecar form: two upstreams, and a plan that may leave them out.</summary>
    internal Task<SnapbackProcess> SidecarAsync(Uri stable, Uri canary, string? plan = null, params string[] args)
    {
        string[] plans = plan is null ? [] : ["--plan", Folder.Write("plan.yaml", plan)];
        return SnapbackAsync(["--stable", stable.ToString(), "--canary", canary.ToString(), .. plans, .. args]);
    }

    /// <summary>What makes a proxy one of a fleet, with a data directory of its own, which a later one of its name finds again.</summary>
    internal string[] AsReplica(string name, string redis) => ["--redis", redis, "--replica", name, "--data", Folder.At(name)];

    /// <summary>A configuration with the feature flags of Snapback itself; written again, it turns them while the proxy runs.</summary>
    internal string Switches(params (string Id, bool On)[] switches) => Folder.Write("switches.json", JsonSerializer.Serialize(new
    {
        feature_management = new { feature_flags = switches.Select(one => new { id = one.Id, enabled = one.On }) },
    }));
}
