using Serilog.Core;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;

namespace Snapback.Proxy.Demo;

/// <summary>Everything the demo runs: two toy services, a replica with a store in a temporary directory, and the users.</summary>
internal sealed class DemoStage : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-demo-").FullName;
    private Task _shooting = Task.CompletedTask;

    private DemoStage()
    {
    }

    public ToyService Stable { get; private set; } = null!;
    public ToyService Canary { get; private set; } = null!;
    public SnapbackHost Host { get; private set; } = null!;
    public OpenLoop Load { get; private set; } = null!;
    public LiveRollout Live { get; private set; } = null!;

    public static async Task<DemoStage> BuildAsync(RolloutPlan plan, int perSecond)
    {
        var stage = new DemoStage();
        stage.Stable = await ToyService.StartAsync("v1");
        stage.Canary = await ToyService.StartAsync("v2");
        var settings = new Settings
        {
            Urls = "http://127.0.0.1:0",
            AdminUrls = "http://127.0.0.1:0",
            Stable = [stage.Stable.Address],
            Canary = [stage.Canary.Address],
            DataDirectory = stage._directory,
            Replica = "demo",
        };
        stage.Host = await SnapbackHost.StartAsync(settings, new ConfigurationBuilder().Build(), [plan], Logger.None);
        stage.Live = stage.Host.Plane.Board.All.Single();
        stage.Load = new OpenLoop(new Uri(stage.Host.TrafficAddress), perSecond, Patience);
        stage._shooting = stage.Load.RunAsync(stage._stop.Token);
        return stage;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _shooting;
        await Host.DrainAsync();
        await Host.DisposeAsync();
        await Stable.DisposeAsync();
        await Canary.DisposeAsync();
        Load.Dispose();
        _stop.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
