using System.Globalization;
using Serilog;
using Serilog.Core;
using Serilog.Events;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Structured logs: JSON lines for machines, one readable line on a terminal; a <c>Serilog</c> section overrides all of it. One
/// line per change of state and none per request: the forwarder's warning with its stack costs eight times the failed request.
/// Lines are written by a thread of their own: a full pipe or disk loses lines, and stalls nobody.
/// </summary>
internal sealed class Logs(Logger logger) : IAsyncDisposable
{
    /// <summary>Of lines that wait for a slow sink; what comes on top of them is lost.</summary>
    private const int Buffered = 10_000;

    /// <summary>A sink that takes its lines takes ten thousand of them in less.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromSeconds(2);

    public Serilog.ILogger Logger => logger;

    /// <summary>Writes what still waits. The sink's own end would wait for its thread, and that one for whoever reads the pipe,
    /// if anybody does.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.Run(logger.Dispose).WaitAsync(Flush).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    public static Logs Open(IConfiguration configuration)
    {
        var sinks = new LoggerConfiguration().MinimumLevel.Verbose();
        if (!configuration.GetSection("Serilog:WriteTo").Exists())
        {
            _ = Console.IsOutputRedirected
                ? sinks.WriteTo.Console(new JsonLines())
                : sinks.WriteTo.Console(
                    outputTemplate: $"{{Timestamp:HH:mm:ss.fff}} {{Level:u3}} {JsonLines.Message}{{NewLine}}{{Exception}}",
                    formatProvider: CultureInfo.InvariantCulture);
        }

        var levels = Levels(new LoggerConfiguration());
        // It would look for sinks in all assemblies; nobody asked for any.
        if (configuration.GetSection("Serilog").Exists())
        {
            sinks.ReadFrom.Configuration(configuration);
            levels.ReadFrom.Configuration(LevelsOf(configuration));
        }

        var written = sinks.CreateLogger();
        return new Logs(levels.WriteTo.Async(worker => worker.Logger(written, attemptDispose: true), Buffered).CreateLogger());
    }

    /// <summary>Without the sinks, which would be written to twice.</summary>
    private static IConfiguration LevelsOf(IConfiguration configuration) =>
        new ConfigurationBuilder().AddInMemoryCollection(configuration.GetSection("Serilog:MinimumLevel").AsEnumerable()).Build();

    internal static LoggerConfiguration Levels(LoggerConfiguration logger) => logger
        .MinimumLevel.Information()
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)
        // It says nothing above Information, and being able to makes an activity and a log scope for every request.
        .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
        // Its one error repeats, with a stack, what the command line is about to say in a sentence.
        .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal)
        .MinimumLevel.Override("Yarp", LogEventLevel.Warning)
        .MinimumLevel.Override("Yarp.ReverseProxy.Forwarder", LogEventLevel.Error)
        .Filter.ByExcluding(IsOfAClientThatLeft)
        .Enrich.FromLogContext();

    /// <summary>Kestrel's error, with a stack, that it cannot read the rest of an upload whose client has hung up: any client
    /// could fill a disk with it.</summary>
    private static bool IsOfAClientThatLeft(LogEvent line) =>
        line.Properties.TryGetValue("EventId", out var id) && id is StructureValue known
        && known.Properties.Any(part => part.Value is ScalarValue { Value: "RequestBodyDrainBodyReaderInvalidState" });
}
