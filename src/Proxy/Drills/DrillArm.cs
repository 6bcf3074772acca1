using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Drills;

/// <summary>
/// One arm of a drill: a real server on loopback that answers with its name until it is broken. It keeps its own log of the pick numbers
/// that it was sent, so that the proxy's claims are checked against an independent record.
/// </summary>
internal sealed class DrillArm : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly string _name;
    private readonly TimeSpan _slow;
    private readonly ConcurrentQueue<uint> _picks = new();
    private volatile Broken? _broken;
    private int _good;

    private DrillArm(string name, TimeSpan slow)
    {
        (_name, _slow) = (name, slow);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>How many requests it has answered well.</summary>
    public int Good => Volatile.Read(ref _good);

    /// <summary>How many requests arrived with a pick number above this one.</summary>
    public int PickedAfter(uint sequence) => _picks.Count(pick => pick > sequence);

    /// <param name="slow">How long a slow answer takes.</param>
    public static async Task<DrillArm> StartAsync(string name, TimeSpan slow)
    {
        var arm = new DrillArm(name, slow);
        await arm._app.StartAsync();
        return arm;
    }

    /// <summary>From the next request on.</summary>
    public void Break(DrillFault fault) => _broken = new Broken(fault);

    public async ValueTask DisposeAsync()
    {
        // Stopped without a grace period: a hanging request would use all of it.
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers[ArmTransformer.SequenceHeader] is [{ } sequence, ..])
        {
            _picks.Enqueue(uint.Parse(sequence.AsSpan(sequence.IndexOf('-') + 1), CultureInfo.InvariantCulture));
        }

        switch (_broken?.Fault)
        {
            case null:
                await context.Response.WriteAsync(_name);
                Interlocked.Increment(ref _good);
                return;
            case DrillFault.Errors:
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            case DrillFault.Slow:
                await Task.Delay(_slow, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                await context.Response.WriteAsync(_name);
                return;
            case DrillFault.Hang:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                return;
            default:
                context.Features.Get<IConnectionSocketFeature>()?.Socket.LingerState = new LingerOption(true, 0);
                context.Abort();
                return;
        }
    }

    private sealed record Broken(DrillFault Fault);
}
