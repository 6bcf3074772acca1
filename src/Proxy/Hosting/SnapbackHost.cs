using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Serilog.Extensions.Logging;
using Snapback.Control;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Hosting;

/// <summary>One running replica: the control plane, and the traffic, admin and flags sides.</summary>
internal sealed class SnapbackHost : IAsyncDisposable
{
    /// <summary>How long requests in flight have to end.</summary>
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(30);

    private readonly ControlPlane _plane;
    private readonly WebApplication _traffic;
    private readonly RenewedCertificates _certificates;
    private readonly SerilogLoggerFactory _loggers;
    private readonly Drain _drain;
    private readonly CancellationTokenSource _stop = new();
    private WebApplication? _admin;
    private WebApplication? _flags;
    private NotTaken? _notTaken;
    private CpuLimit? _cpuLimit;
    private RenewedTokens? _tokens;
    private Task _warmUp = Task.CompletedTask;

    private SnapbackHost(ControlPlane plane, WebApplication traffic, RenewedCertificates certificates, SerilogLoggerFactory loggers)
    {
        _plane = plane;
        _traffic = traffic;
        _drain = traffic.Services.GetRequiredService<Drain>();
        _certificates = certificates;
        _loggers = loggers;
    }

    public ControlPlane Plane => _plane;

    public string TrafficAddress => TrafficAddresses[0];

    public string AdminAddress => AdminAddresses[0];

    /// <summary>All that the side listens on.</summary>
    public IReadOnlyList<string> TrafficAddresses => AddressesOf(_traffic);

    public IReadOnlyList<string> AdminAddresses => AddressesOf(_admin!);

    /// <summary>Empty if applications ask the admin side only.</summary>
    public IReadOnlyList<string> FlagsAddresses => _flags is null ? [] : AddressesOf(_flags);

    /// <exception cref="ConfigurationProblems">It cannot start; the exception has all reasons.</exception>
    public static async Task<SnapbackHost> StartAsync(
        Settings settings, IConfiguration configuration, IReadOnlyList<RolloutPlan> plans, Serilog.ILogger logger)
    {
        var loggers = new SerilogLoggerFactory(logger);
        SnapbackHost? host = null;
        ControlPlane? plane = null;
        try
        {
            // Before the store is opened and anything is logged.
            EnsureListening(settings, configuration);
            plane = await ControlPlane.OpenAsync(
                settings.DataDirectory, configuration, settings.Replica, TimeProvider.System, loggers, settings.Fleet);
            // Reads YARP's section, so that a mistake in it is found before a plan is stored.
            var certificates = new RenewedCertificates(configuration, logger);
            host = new SnapbackHost(plane, TrafficApp.Build(settings, configuration, plane, certificates, logger), certificates, loggers);
            await plane.SeedAsync(plans);
            SayWhatIsMissing(plane, settings, configuration, logger);
            plane.Start();
            certificates.Start(TimeProvider.System);
            // Traffic before the admin side, so that readiness is answered once it is true. The listeners are checked again, since without an
            // admin side no traffic may be served.
            EnsureListening(settings, configuration);
            await host._traffic.StartAsync();
            await host.StartOtherSidesAsync(settings, configuration, logger);
            host._notTaken = new NotTaken(configuration, logger);
            host._cpuLimit = CpuLimit.OfThisProcess(logger, TimeProvider.System);
            host._warmUp = Task.Run(host.WarmUpAsync);
            return host;
        }
        catch (Exception e) when (Explain(e, settings) is { Count: > 0 } problems)
        {
            if (host is not null)
            {
                await host.StopAsync();
                await host.DisposeAsync();
            }
            else if (plane is not null)
            {
                await plane.DisposeAsync();
            }

            throw new ConfigurationProblems([.. problems.Union(await Preflight.ProblemsAsync(settings, configuration))]);
        }
    }

    /// <summary>Stops being ready, takes no new connections, lets clients leave, and waits for the requests in flight.</summary>
    public async Task DrainAsync()
    {
        await _drain.RunAsync(_traffic.Services.GetRequiredService<LimitedTransport>().UnbindAsync);
        await StopAsync();
    }

    private async Task StopAsync()
    {
        using var deadline = new CancellationTokenSource(DrainTime);
        await _traffic.StopAsync(deadline.Token);
        await (_flags?.StopAsync(deadline.Token) ?? Task.CompletedTask);
        await (_admin?.StopAsync(deadline.Token) ?? Task.CompletedTask);
    }

    public async ValueTask DisposeAsync()
    {
        _notTaken?.Dispose();
        _cpuLimit?.Dispose();
        await _stop.CancelAsync();
        await _warmUp;
        _stop.Dispose();
        await _traffic.DisposeAsync();
        await (_admin?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_flags?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_tokens?.DisposeAsync() ?? ValueTask.CompletedTask);
        await _certificates.DisposeAsync();
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

    /// <summary>
    /// Warns of the store's rollouts whose clusters are not configured. Given plans are refused for that, but these clusters may come back. Also
    /// of what plans look at and nothing here has.
    /// </summary>
    private static void SayWhatIsMissing(ControlPlane plane, Settings settings, IConfiguration configuration, Serilog.ILogger logger)
    {
        RolloutPlan[] plans = [.. plane.Board.All.Select(live => live.Plan)];
        foreach (var missing in PlanTargets.Missing(plans, settings, configuration))
        {
            logger.Warning("{Missing} The store has this rollout all the same; until then its canary gets nothing here.", missing);
        }

        foreach (var unmet in plans.SelectMany(plan => PlanNeeds.Unmet(plan, configuration)))
        {
            logger.Warning("{Unmet}", unmet);
        }
    }

    private async Task StartOtherSidesAsync(Settings settings, IConfiguration configuration, Serilog.ILogger logger)
    {
        _tokens = new RenewedTokens(settings, configuration, logger);
        _tokens.Start(TimeProvider.System);
        var shortage = _traffic.Services.GetRequiredService<OwnShortage>();
        _admin = AdminApp.Build(settings, configuration, _plane, _certificates, _tokens, shortage, () => _drain.IsOn, logger);
        await _admin.StartAsync();
        _flags = FlagsApp.Build(settings, configuration, _plane, _certificates, _tokens, shortage, logger);
        await (_flags?.StartAsync() ?? Task.CompletedTask);
    }

    /// <summary>Does in the background what the first admin request would otherwise wait for.</summary>
    private async Task WarmUpAsync()
    {
        try
        {
            await _plane.WarmUpAsync(_stop.Token);
        }
        catch (OperationCanceledException)
        {
            // The process ends already.
        }
    }

    private static string[] AddressesOf(WebApplication app) =>
        [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];

    private static IReadOnlyList<string> Explain(Exception e, Settings settings) => e switch
    {
        ConfigurationProblems problems => problems.Problems,
        StoreUnavailableException or InvalidDataException => e.Message.Split(Environment.NewLine),
        IOException or SocketException =>
            [$"Cannot listen on {Sides(settings)}: {e.Message} Choose others with --urls, --admin-urls and --flags-urls."],
        InvalidOperationException { InnerException: AggregateException many } => [.. many.InnerExceptions.Select(ReverseProxySection.Sentence)],
        AggregateException many => [.. many.Flatten().InnerExceptions.Select(ReverseProxySection.Sentence)],
        InvalidOperationException or ArgumentException or FormatException when e.StackTrace?.Contains("Yarp", StringComparison.Ordinal) == true =>
            [ReverseProxySection.Sentence(e.InnerException ?? e)],
        _ => [],
    };

    private static string Sides(Settings settings)
    {
        var flags = settings.FlagsUrls is null ? "" : $" and {settings.FlagsUrls} (flags)";
        return $"{settings.Urls} (traffic) and {settings.AdminUrls} (admin){flags}";
    }
}
