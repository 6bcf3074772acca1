using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Formatting.Compact;

namespace Snapback.Proxy.Hosting;

/// <summary>
/// Structured logs: JSON lines for machines, one readable line on a terminal; a <c>Serilog</c> section overrides all of it. One
/// line per change of state and none per request: the forwarder's warning with its stack costs eight times the failed request.
/// </summary>
internal static class Logs
{
    public static Logger Create(IConfiguration configuration)
    {
        var logger = new LoggerConfiguration()
            .MinimumLevel.Information()
            .MinimumLevel.Override("Microsoft", LogEventLevel.Warning)
            .MinimumLevel.Override("Microsoft.AspNetCore.DataProtection", LogEventLevel.Error)
            // Its one error repeats, with a stack, what the command line is about to say in a sentence.
            .MinimumLevel.Override("Microsoft.Extensions.Hosting", LogEventLevel.Fatal)
            .MinimumLevel.Override("Yarp", LogEventLevel.Warning)
            .MinimumLevel.Override("Yarp.ReverseProxy.Forwarder", LogEventLevel.Error)
            .Enrich.FromLogContext();
        if (!configuration.GetSection("Serilog:WriteTo").Exists())
        {
            _ = Console.IsOutputRedirected
                ? logger.WriteTo.Console(new RenderedCompactJsonFormatter())
                : logger.WriteTo.Console(outputTemplate: "{Timestamp:HH:mm:ss.fff} {Level:u3} {Message:lj}{NewLine}{Exception}");
        }

        return logger.ReadFrom.Configuration(configuration).CreateLogger();
    }
}
