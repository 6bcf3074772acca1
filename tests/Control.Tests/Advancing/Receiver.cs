using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Snapback.Control.Tests.Advancing;

/// <summary>A real server that a hook calls.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Receiver(WebApplication app) => _app = app;

    /// <summary>What came, in order: path and body.</summary>
    public ConcurrentQueue<(string Path, string? Type, string Body)> Calls { get; } = new();

    /// <summary>Answers with a status code; the task may take as long as it likes.</summary>
    public static async Task<Receiver> StartAsync(Func<string, Task<int>> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver._app.Run(async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var path = context.Request.Path.Value!;
            receiver.Calls.Enqueue((path, context.Request.ContentType, await reader.ReadToEndAsync(context.RequestAborted)));
            try
            {
                context.Response.StatusCode = await answer(path).WaitAsync(context.RequestAborted);
            }
            catch (OperationCanceledException)
            {
                // The caller gave up.
            }
        });
        await receiver._app.StartAsync();
        return receiver;
    }

    public Uri Url(string path) => new(new Uri(_app.Urls.Single()), path);

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
