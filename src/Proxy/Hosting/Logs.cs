using System.Globalization;
using System.Reflection;
using Serilog;
using Serilog.Core;
using Serilog.Debugging;
using Serilog.Events;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Structured logs: JSON lines for machines, one readable line on a terminal; a <c>Serilog</c> section overrides all of it. One
/// line per change of state and none per request: the forwarder's warning with its stack costs eight times the failed request.
/// Lines are written by a thread of their own: a full pipe or disk loses lines, and stalls nobody.
/// </summary>
internal sealed class Logs(Logger logger) : IAsyncDisposable
{
    /// <summary>How many lines may wait for a slow sink; further ones are lost.</summary>
    private const int Buffered = 10_000;

    /// <summary>How long the end waits for the sink: one that works writes ten thousand lines in less.</summary>
    private static readonly TimeSpan Flush = TimeSpan.FromSeconds(2);

    private static readonly string[] Lists = ["Using", "WriteTo", "AuditTo", "Enrich", "Filter", "Destructure"];

    public Serilog.ILogger Logger => logger;

    /// <summary>Writes the waiting lines, within a time limit: the sink's own Dispose would wait without one, for a pipe that perhaps nobody
    /// reads.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.Run(logger.Dispose).WaitAsync(Flush).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    /// <param name="problems">Gets a sentence if the <c>Serilog</c> section is wrong, and a log would be missing.</param>
    /// <returns>Null if it is.</returns>
    public static Logs? TryOpen(IConfiguration configuration, ICollection<string> problems)
    {
        try
        {
            return Open(configuration);
        }
        catch (ConfigurationProblems e)
        {
            e.Problems.ToList().ForEach(problems.Add);
            return null;
        }
    }

    /// <exception cref="ConfigurationProblems">The <c>Serilog</c> section is wrong, and a log would be missing.</exception>
    public static Logs Open(IConfiguration configuration)
    {
        try
        {
            return Make(configuration);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException or FormatException or IOException or UnauthorizedAccessException
            or TargetInvocationException)
        {
            throw new ConfigurationProblems([Sentence((e is TargetInvocationException { InnerException: { } inner } ? inner : e).Message)]);
        }
    }

    /// <summary>A key that the library does not know, and a text for a list, it passes over: without its <c>WriteTo</c> a section writes nowhere.</summary>
    private static IEnumerable<string> Unread(IConfigurationSection serilog) =>
    [
        .. KnownKeys.Text(serilog, """{ "MinimumLevel": "Information" }"""),
        .. Lists.Select(serilog.GetSection).SelectMany(list => KnownKeys.Text(list, $"""[ "{list.Value}" ]""")),
        .. KnownKeys.Others(serilog, [.. Lists, "MinimumLevel", "LevelSwitches", "FilterSwitches", "Properties"]),
        .. KnownKeys.Others(serilog.GetSection("MinimumLevel"), "Default", "ControlledBy", "Override"),
    ];

    /// <summary>Of a sink that it does not know the library tells a log of its own alone, and nothing would be written.</summary>
    private static void ReadSinks(LoggerConfiguration sinks, IConfiguration configuration)
    {
        var complaints = new List<string>();
        SelfLog.Enable(complaints.Add);
        try
        {
            sinks.ReadFrom.Configuration(configuration);
        }
        finally
        {
            SelfLog.Disable();
        }

        string[] problems = [.. Unread(configuration.GetSection("Serilog")), .. complaints.Select(Complaint)];
        if (problems.Length > 0)
        {
            throw new ConfigurationProblems(problems);
        }
    }

    /// <summary>Without the time in front of it, and the methods that the library could have called.</summary>
    private static string Complaint(string line) =>
        Sentence(line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..].Split('\n')[0].Split(" Candidate methods")[0].Trim().TrimEnd(':', '.') + ".");

    private static string Sentence(string why) => $"Serilog: {why.Trim()} Correct the Serilog section of the configuration.";

    private static Logs Make(IConfiguration configuration)
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
        // Only if there is a section: reading it searches all assemblies for sinks.
        if (configuration.GetSection("Serilog").Exists())
        {
            ReadSinks(sinks, configuration);
            levels.ReadFrom.Configuration(LevelsOf(configuration));
        }

        var written = sinks.CreateLogger();
        return new Logs(levels.WriteTo.Async(worker => worker.Logger(written, attemptDispose: true), Buffered).CreateLogger());
    }

    /// <summary>The section's levels alone: with its sinks, these would be written to twice.</summary>
    private static IConfiguration LevelsOf(IConfiguration configuration) => new ConfigurationBuilder()
        .AddInMemoryCollection(configuration.GetSection("Serilog:MinimumLevel").AsEnumerable())
        .AddInMemoryCollection(configuration.GetSection("Serilog:LevelSwitches").AsEnumerable())
        .Build();

    internal static LoggerConfiguration Levels(LoggerConfiguration logger) => logger
        .MinimumLevel.Information()
        .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
        .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)
        // It logs nothing above Information, and while enabled it makes an activity and a log scope for every request.
        .MinimumLevel.Override("Microsoft.AspNetCore.Hosting.Diagnostics", LevelAlias.Off)
        // Its only error, that the start failed, repeats with a stack what the command line says in a sentence.
        .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal)
        .MinimumLevel.Override("Yarp", LogEventLevel.Warning)
        .MinimumLevel.Override("Yarp.ReverseProxy.Forwarder", LogEventLevel.Error)
        .Filter.ByExcluding(IsOfAClient)
        .Enrich.FromLogContext();

    /// <summary>Kestrel's errors, with a stack, that it cannot read the rest of an upload whose client has hung up, and, once for each stream,
    /// that a client resets them faster than that can be told: any client could fill a disk with them.</summary>
    private static bool IsOfAClient(LogEvent line) =>
        line.Properties.TryGetValue("EventId", out var id) && id is StructureValue known
        && known.Properties.Any(part => part.Value is ScalarValue { Value: "RequestBodyDrainBodyReaderInvalidState" or "Http2QueueOperationsExceeded" });
}
