using System.Collections.Concurrent;
using Serilog.Core;
using Serilog.Events;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>
/// What the forwarder says of requests that went wrong, by kind: what a reader asks for first when an arm was charged
/// that should not be.
/// </summary>
internal sealed class ForwardersWords : ILogEventSink
{
    private readonly ConcurrentDictionary<string, int> _said = new();

    public IEnumerable<string> Said => _said.OrderByDescending(said => said.Value).Select(said => $"{said.Value:N0} × {said.Key}");

    public void Emit(LogEvent logEvent)
    {
        if (logEvent.Properties.TryGetValue("error", out var error))
        {
            var causes = new List<string>();
            for (var e = logEvent.Exception; e is not null && causes.Count < 4; e = e.InnerException)
            {
                causes.Add($"{e.GetType().Name}: {e.Message}");
            }

            _said.AddOrUpdate($"{error} {string.Join(" ← ", causes)}", 1, (_, count) => count + 1);
        }
    }
}
