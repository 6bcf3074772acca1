using System.Collections.Concurrent;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Snapback.Proxy.Observing;

namespace Snapback.Proxy.Demo;

/// <summary>
/// A version of a shop: a real Kestrel on loopback that works for some milliseconds and answers with its version. It keeps its
/// own log of the pick numbers it was sent, so that the proxy's claims can be checked against an independent record.
/// </summary>
internal sealed class ToyService : IAsyncDisposable
{
    private const int FastestMs = 4;
    private const int SlowestMs = 16;

    private readonly WebApplication _app;
    private readonly string _version;
    private readonly ConcurrentQueue<uint> _sequences = new();
    private volatile int _failEvery;
    private int _sinceBug;

    private ToyService(string version, int port)
    {
        _version = version;
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        _app = builder.Build();
        _app.Run(AnswerAsync);
    }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    /// <summary>Pick numbers in the order in which the requests arrived.</summary>
    public IReadOnlyCollection<uint> Sequences => _sequences;

    public static async Task<ToyService> StartAsync(string version)
    {
        var service = new ToyService(version, 0);
        await service._app.StartAsync();
        return service;
    }

    /// <summary>From now on one answer of so many is a 500; 0 repairs it.</summary>
    public void Break(int failEvery) => _failEvery = failEvery;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        if (context.Request.Headers[ArmTransformer.SequenceHeader] is [{ } sequence, ..])
        {
            _sequences.Enqueue(uint.Parse(sequence.AsSpan(sequence.IndexOf('-') + 1)));
        }

        await Task.Delay(Random.Shared.Next(FastestMs, SlowestMs), context.RequestAborted);
        if (_failEvery > 0 && Interlocked.Increment(ref _sinceBug) % _failEvery == 0)
        {
            context.Response.StatusCode = StatusCodes.Status500InternalServerError;
        }

        await context.Response.WriteAsync(_version);
    }
}
