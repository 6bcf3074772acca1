using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Events;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>What was logged, as people read it.</summary>
internal sealed class LogLines(LogEventLevel least = LogEventLevel.Information) : ILogEventSink
{
    public ConcurrentQueue<string> Said { get; } = new();

    public void Emit(LogEvent logEvent)
    {
        if (logEvent.Level >= least)
        {
            Said.Enqueue(logEvent.RenderMessage(null));
        }
    }
}
