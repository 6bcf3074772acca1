using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Snapback.Proxy.Tests.Commands;

/// <summary>A real Kestrel that says what it was told to say, in order; the last answer is repeated.</summary>
internal sealed class FakeAdmin : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Canned> _answers;
    private Canned _last = new(200, "{}");

    private FakeAdmin(WebApplication app, IEnumerable<Canned> answers)
    {
        _app = app;
        _answers = new ConcurrentQueue<Canned>(answers);
    }

    public List<Asked> Asked { get; } = [];

    public string Url => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static Task<FakeAdmin> SayingAsync(params IEnumerable<string> json) =>
        StartAsync(json.Select(text => new Canned(200, text)));

    public static async Task<FakeAdmin> StartAsync(params IEnumerable<Canned> answers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var admin = new FakeAdmin(builder.Build(), answers);
        admin._app.Run(admin.AnswerAsync);
        await admin._app.StartAsync();
        return admin;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var request = context.Request;
        var body = await reader.ReadToEndAsync(context.RequestAborted);
        Asked.Add(new Asked(
            request.Method, request.Path + request.QueryString, body, request.ContentType, request.Headers.Authorization,
            request.Headers["Last-Event-ID"]));
        _last = _answers.TryDequeue(out var next) ? next : _last;
        if (_last.Status == Canned.Silence)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        }

        if (_last.Status == Canned.Hangup)
        {
            context.Abort();
            return;
        }

        if (_last.Status == Canned.Cut)
        {
            // Not by an abort, whose reset would take the bytes with it.
            context.Response.ContentLength = _last.Body.Length + 1;
            await context.Response.WriteAsync(_last.Body, context.RequestAborted);
            return;
        }

        context.Response.StatusCode = _last.Status;
        context.Response.ContentType = _last.Status < 300 ? "application/json" : "application/problem+json";
        await context.Response.WriteAsync(_last.Body, context.RequestAborted);
    }
}

internal sealed record Canned(int Status, string Body)
{
    public const int Silence = -1;
    public const int Hangup = -2;

    /// <summary>Sends the body, and breaks off before its end.</summary>
    public const int Cut = -3;

    public static implicit operator Canned(string json) => new(200, json);
}

internal sealed record Asked(string Method, string Path, string Body, string? ContentType, string? Authorization, string? After);
