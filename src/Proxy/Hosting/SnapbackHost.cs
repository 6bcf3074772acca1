using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Serilog.Extensions.Logging;
using Snapback.Control;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;

namespace Snapback.Proxy.Hosting;

/// <summary>One running replica: the brain, the traffic side and the admin side.</summary>
internal sealed class SnapbackHost : IAsyncDisposable
{
    /// <summary>Requests that were accepted get this long to end.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private readonly ControlPlane _plane;
    private readonly WebApplication _traffic;
    private readonly SerilogLoggerFactory _loggers;
    private readonly CancellationTokenSource _stop = new();
    private WebApplication? _admin;
    private WebApplication? _flags;
    private Task _warmUp = Task.CompletedTask;
    private volatile bool _draining;

    private SnapbackHost(ControlPlane plane, WebApplication traffic, SerilogLoggerFactory loggers)
    {
        _plane = plane;
        _traffic = traffic;
        _loggers = loggers;
    }

    public ControlPlane Plane => _plane;

    public string TrafficAddress => AddressOf(_traffic);

    public string AdminAddress => AddressOf(_admin!);

    /// <summary>Null if applications ask the admin side only.</summary>
    public string? FlagsAddress => _flags is null ? null : AddressOf(_flags);

    /// <exception cref="ConfigurationProblems">It cannot start; every reason is in it.</exception>
    public static async Task<SnapbackHost> StartAsync(
        Settings settings, IConfiguration configuration, IReadOnlyList<RolloutPlan> plans, Serilog.ILogger logger)
    {
        var loggers = new SerilogLoggerFactory(logger);
        SnapbackHost? host = null;
        ControlPlane? plane = null;
        try
        {
            // Before anything is opened, and before anything is said to be done.
            EnsureListening(settings, configuration);
            plane = await ControlPlane.OpenAsync(
                settings.DataDirectory, configuration, settings.Replica, TimeProvider.System, loggers, settings.Fleet);
            // Reads the reverse proxy's own section, and refuses it before a plan is taken.
            host = new SnapbackHost(plane, TrafficApp.Build(settings, configuration, plane, logger), loggers);
            await plane.SeedAsync(plans);
            SayWhatIsMissing(plane, settings, configuration, logger);
            plane.Start();
            // Users first. Whoever asks the admin side whether this replica is ready gets an answer once it is; but nobody is
            // served without that side.
            EnsureListening(settings, configuration);
            await host._traffic.StartAsync();
            await host.StartOtherSidesAsync(settings, configuration, logger);
            host._warmUp = Task.Run(host.WarmUpAsync);
            return host;
        }
        catch (Exception e) when (Explain(e, settings) is { Count: > 0 } problems)
        {
            if (host is not null)
            {
                await host.DrainAsync();
                await host.DisposeAsync();
            }
            else if (plane is not null)
            {
                await plane.DisposeAsync();
            }

            throw new ConfigurationProblems([.. problems.Union(await Preflight.ProblemsAsync(settings, configuration))]);
        }
    }

    /// <summary>Not ready any more, then no new connections, then the requests in flight end.</summary>
    public async Task DrainAsync()
    {
        _draining = true;
        using var deadline = new CancellationTokenSource(DrainTime);
        await _traffic.StopAsync(deadline.Token);
        await (_flags?.StopAsync(deadline.Token) ?? Task.CompletedTask);
        await (_admin?.StopAsync(deadline.Token) ?? Task.CompletedTask);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _warmUp;
        _stop.Dispose();
        await _traffic.DisposeAsync();
        await (_admin?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_flags?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _plane.DisposeAsync();
        _loggers.Dispose();
    }

    private static void EnsureListening(Settings settings, IConfiguration configuration)
    {
        if (Preflight.Listeners(settings, configuration) is { Count: > 0 } problems)
        {
            throw new ConfigurationProblems(problems);
        }
    }

    /// <summary>A start with plans for clusters that are not there is refused; what the store has is another start's, and it may come back.</summary>
    private static void SayWhatIsMissing(ControlPlane plane, Settings settings, IConfiguration configuration, Serilog.ILogger logger)
    {
        foreach (var missing in PlanTargets.Missing([.. plane.Board.All.Select(live => live.Plan)], settings, configuration))
        {
            logger.Warning("{Missing} The store has this rollout all the same; until then its canary gets nothing here.", missing);
        }
    }

    private async Task StartOtherSidesAsync(Settings settings, IConfiguration configuration, Serilog.ILogger logger)
    {
        _admin = AdminApp.Build(settings, configuration, _plane, () => _draining, logger);
        await _admin.StartAsync();
        _flags = FlagsApp.Build(settings, configuration, _plane, logger);
        await (_flags?.StartAsync() ?? Task.CompletedTask);
    }

    /// <summary>What the first who needs it would wait for, in moments that nobody waits for.</summary>
    private async Task WarmUpAsync()
    {
        try
        {
            await _plane.WarmUpAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // It ends already.
        }
    }

    private static string AddressOf(WebApplication app) =>
        app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    private static IReadOnlyList<string> Explain(Exception e, Settings settings) => e switch
    {
        ConfigurationProblems problems => problems.Problems,
        StoreUnavailableException or InvalidDataException => e.Message.Split(Environment.NewLine),
        IOException or SocketException =>
            [$"Cannot listen on {Sides(settings)}: {e.Message} Choose others with --urls, --admin-urls and --flags-urls."],
        InvalidOperationException { InnerException: AggregateException many } => [.. many.InnerExceptions.Select(ReverseProxySection.Sentence)],
        AggregateException many => [.. many.Flatten().InnerExceptions.Select(ReverseProxySection.Sentence)],
        InvalidOperationException or ArgumentException or FormatException when e.StackTrace?.Contains("Yarp", StringComparison.Ordinal) == true =>
            [ReverseProxySection.Sentence(e)],
        _ => [],
    };

    private static string Sides(Settings settings)
    {
        var flags = settings.FlagsUrls is null ? "" : $" and {settings.FlagsUrls} (flags)";
        return $"{settings.Urls} (traffic) and {settings.AdminUrls} (admin){flags}";
    }
}
