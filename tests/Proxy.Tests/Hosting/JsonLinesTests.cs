using System.Diagnostics;
using System.Text.Json;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

public sealed class JsonLinesTests
{
    [Fact]
    public void The_message_reads_as_on_a_terminal_and_the_values_stand_beside_it_as_what_they_are()
    {
        var line = Line(logger => logger.Warning(
            "Rollout {Rollout} rolled back: version {Version} from {WeightBefore}% in {WaitMs} ms. {Explanation}",
            "checkout", "v1", 50m, 100.0, "It said \"no\"."));

        Assert.Equal("Rollout checkout rolled back: version v1 from 50% in 100 ms. It said \"no\".", line.GetProperty("@m").GetString());
        Assert.Equal(
            ("checkout", 50m, 100.0, "Warning"),
            (line.GetProperty("Rollout").GetString(), line.GetProperty("WeightBefore").GetDecimal(),
                line.GetProperty("WaitMs").GetDouble(), line.GetProperty("@l").GetString()));
    }

    [Fact]
    public void Addresses_and_words_of_a_fixed_choice_stand_in_the_message_without_quotation_marks()
    {
        var line = Line(logger => logger.Information("{Url} is {Phase} since {At:u}.", new Uri("http://a/b"), DayOfWeek.Friday, DateTimeOffset.UnixEpoch));

        Assert.Equal("http://a/b is Friday since 1970-01-01 00:00:00Z.", line.GetProperty("@m").GetString());
        Assert.Equal("Friday", line.GetProperty("Phase").GetString());
    }

    [Fact]
    public void Lines_of_one_kind_have_one_id_whatever_they_say()
    {
        static string Id(string name) => Line(logger => logger.Information("Rollout {Rollout} is up.", name)).GetProperty("@i").GetString()!;
        Assert.Equal(Id("a"), Id("b"));
        Assert.NotEqual(Id("a"), Line(logger => logger.Information("Rollout {Rollout} is down.", "a")).GetProperty("@i").GetString());
    }

    [Fact]
    public void An_exception_and_the_trace_it_came_in_are_told()
    {
        using var activity = new Activity("test").Start();
        var line = Line(logger => logger.Error(new InvalidOperationException("no"), "It broke."));

        Assert.Contains("InvalidOperationException: no", line.GetProperty("@x").GetString(), StringComparison.Ordinal);
        Assert.Equal(activity.TraceId.ToHexString(), line.GetProperty("@tr").GetString());
    }

    private static JsonElement Line(Action<ILogger> log)
    {
        using var output = new StringWriter();
        using (var logger = new LoggerConfiguration().WriteTo.Sink(new Writer(output)).CreateLogger())
        {
            log(logger);
        }

        return JsonDocument.Parse(output.ToString()).RootElement;
    }

    private sealed class Writer(TextWriter output) : ILogEventSink
    {
        private readonly JsonLines _lines = new();

        public void Emit(LogEvent logEvent) => _lines.Format(logEvent, output);
    }
}
