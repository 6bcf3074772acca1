using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Snapback.Control.Plans;
using Snapback.Proxy.Forwarding;
using Snapback.Proxy.Hosting;
using Snapback.Proxy.Tests.Faults;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>What is logged of the requests themselves: nothing, whatever clients do.</summary>
public sealed class LogsTests : IDisposable
{
    private const int Cancel = 8;

    private readonly string _directory = Directory.CreateTempSubdirectory("snapback-test-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_client_that_hangs_up_in_its_upload_writes_no_line()
    {
        var lines = new Lines();
        var arrived = new SemaphoreSlim(0);
        await using var upstream = new RawServer(Play.Silent, _ => arrived.Release());
        await using var logger = Logs.Levels(new LoggerConfiguration()).WriteTo.Sink(lines).CreateLogger();
        await using (var host = await StartAsync(upstream.Port, logger))
        {
            for (var i = 0; i < 5; i++)
            {
                using var wire = await Wire.OpenAsync(new Uri(host.TrafficAddress).Port);
                await wire.SendAsync("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
                Assert.True(await arrived.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
                wire.Reset();
            }
        }

        Assert.Empty(lines.Bad);
    }

    /// <summary>Kestrel has a critical line for each stream that such a connection had open: 8,900 in 20 s.</summary>
    [Fact]
    public async Task A_client_that_resets_its_streams_as_fast_as_it_can_writes_no_line_for_each()
    {
        var lines = new Lines();
        await using var upstream = new RawServer(Play.Silent);
        await using var logger = Logs.Levels(new LoggerConfiguration()).WriteTo.Sink(lines).CreateLogger();
        await using (var host = await StartAsync(upstream.Port, logger, ("Kestrel:EndpointDefaults:Protocols", "Http2")))
        {
            for (var i = 0; i < 10; i++)
            {
                using var wire = await Wire.OpenAsync(new Uri(host.TrafficAddress).Port);
                await ResetRapidlyAsync(await Http2Asking.OpenAsync(wire));
            }
        }

        Assert.DoesNotContain(lines.Bad, static line => line.Contains("output operations", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("""{ "Serilog": { "MinimumLevel": { "Default": "Warning", "Override": { "Microsoft": "Debug" } } } }""")]
    [InlineData("""{ "Serilog": { "MinimumLevel": { "ControlledBy": "$all" }, "LevelSwitches": { "$all": "Warning" } } }""")]
    [InlineData("""{ "Serilog": { "MinimumLevel": "Debug", "WriteTo": [ { "Name": "Console" } ], "Enrich": [ "FromLogContext" ] } }""")]
    public async Task A_section_that_is_right_is_taken(string json)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(json));
        await using var logs = Logs.Open(new ConfigurationBuilder().AddJsonStream(file).Build());
        Assert.True(logs.Logger.IsEnabled(LogEventLevel.Warning));
    }

    [Theory]
    [InlineData("""{ "Serilog": { "WriteTo": "File" } }""", """Serilog:WriteTo is one text, which nothing reads. Write [ "File" ].""")]
    [InlineData("""{ "Serilog": { "Enrich": "FromLogContext" } }""", """Serilog:Enrich is one text, which nothing reads. Write [ "FromLogContext" ].""")]
    [InlineData("""{ "Serilog": "Debug" }""", """Serilog is one text, which nothing reads. Write { "MinimumLevel": "Information" }.""")]
    public void A_text_in_the_place_of_a_list_would_write_nowhere_and_is_said(string json, string said)
    {
        using var file = new MemoryStream(Encoding.UTF8.GetBytes(json));
        Assert.Equal([said], Assert.Throws<ConfigurationProblems>(() => Logs.Open(new ConfigurationBuilder().AddJsonStream(file).Build())).Problems);
    }

    [Fact]
    public async Task A_command_whose_body_is_too_long_or_garbled_writes_no_line()
    {
        var lines = new Lines();
        await using var logger = Logs.Levels(new LoggerConfiguration()).WriteTo.Sink(lines).CreateLogger();
        await using (var host = await StartAsync(1, logger))
        {
            foreach (var (body, code) in new[] { ("Content-Length: 9000000\r\n\r\n{", "413"), ("Transfer-Encoding: chunked\r\n\r\nZZ\r\n", "400") })
            {
                using var wire = await Wire.OpenAsync(new Uri(host.AdminAddress).Port);
                await wire.SendAsync($"POST /api/rollouts/default/start HTTP/1.1\r\nHost: 127.0.0.1\r\n{body}");
                Assert.StartsWith($"HTTP/1.1 {code}", await wire.HeadAsync(), StringComparison.Ordinal);
            }
        }

        Assert.Empty(lines.Bad);
    }

    /// <summary>Until the proxy has had enough of it.</summary>
    private static async Task ResetRapidlyAsync(Http2Peer peer)
    {
        try
        {
            for (var stream = 1; stream < 4000; stream += 2)
            {
                await peer.HeadersAsync(stream, true, Http2Asking.Head("/"));
                await peer.ResetAsync(stream, Cancel);
            }
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            // It has.
        }
    }

    private Task<SnapbackHost> StartAsync(int upstream, Logger logger, params (string Key, string? Value)[] configuration) => SnapbackHost.StartAsync(
        new Settings
        {
            Urls = "http://127.0.0.1:0",
            AdminUrls = "http://127.0.0.1:0",
            DataDirectory = _directory,
            Replica = "r1",
            Forwarding = ForwardingSettings.Default,
            Stable = [$"http://127.0.0.1:{upstream}"],
            Canary = [$"http://127.0.0.1:{upstream}"],
        },
        new ConfigurationBuilder().AddInMemoryCollection(configuration.Select(one => KeyValuePair.Create(one.Key, one.Value))).Build(),
        [DefaultPlan.For(Sidecar.Rollout, Sidecar.Stable, Sidecar.Canary)],
        logger);

    private sealed class Lines : ILogEventSink
    {
        public ConcurrentQueue<string> Bad { get; } = new();

        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Level >= LogEventLevel.Error)
            {
                Bad.Enqueue(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
            }
        }
    }
}
