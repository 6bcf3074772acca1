using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Faults;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Observing;

/// <summary>A real Kestrel as an HTTP/2 arm ends the connection of all its clients for one of them, who cannot so roll back a release.</summary>
public sealed class NeighboursTests
{
    private const int Waiting = 5;

    private static readonly TimeSpan Answer = TimeSpan.FromSeconds(9);

    [Theory]
    [InlineData(false, 502)]
    [InlineData(true, 200)]
    public async Task A_header_byte_that_the_arm_does_not_take(bool shield, int others)
    {
        await using var rig = await StartAsync(shield ? DefaultPlan.For("shop", "shop-stable", "shop-canary") : null);
        var (arrived, handle) = (0, rig.Canary.Handle);
        rig.Canary.Handle = context =>
        {
            Interlocked.Increment(ref arrived);
            return handle(context);
        };
        var waiting = Wait(rig);
        await ProxyRig.HoldsAsync(() => Volatile.Read(ref arrived) == Waiting, "all are at the canary");
        for (var i = 0; i < 3; i++)
        {
            using var wire = await Wire.OpenAsync(rig.Address.Port);
            await wire.SendAsync("GET /at-once HTTP/1.1\r\nHost: a\r\nX-A: é\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 400", await wire.HeadAsync(), StringComparison.Ordinal);
        }

        Assert.Equal(Enumerable.Repeat(others, Waiting), await waiting);
        await JudgesNobodyAsync(rig);
    }

    [Fact]
    public async Task An_upload_that_does_not_come()
    {
        await using var rig = await StartAsync();
        var waiting = Wait(rig);
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
        await waiting;
        await JudgesNobodyAsync(rig);
    }

    [Fact]
    public async Task Streams_that_are_broken_off_by_the_hundred()
    {
        await using var rig = await StartAsync();
        var waiting = Wait(rig);
        while (!waiting.IsCompleted)
        {
            await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ =>
            {
                using var wire = await Wire.OpenAsync(rig.Address.Port);
                await wire.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
                await Task.Delay(5);
                wire.Reset();
            }));
            _ = await rig.GetAsync("/at-once");
        }

        await JudgesNobodyAsync(rig);
    }

    [Fact]
    public async Task An_arm_that_breaks_a_stream_beside_such_a_client_has_failed()
    {
        await using var rig = await StartAsync();
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\nX-A: half\r\n\r\nhalf");
        await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Canary) == 1, "the upload is at the canary");
        await Task.Delay(TimeSpan.FromSeconds(4.6), TestContext.Current.CancellationToken);
        rig.Canary.Handle = static context =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        Assert.Equal(502, (await rig.GetAsync()).Status);
        Assert.Equal(1, rig.CanaryStats.Failures);
    }

    [Fact]
    public async Task Over_TLS_an_arm_without_HTTP_2_ends_no_connection_for_anybody_else()
    {
        await using var arm = await TlsNameTests.ServeAsync(new(), HttpProtocols.Http1);
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", $"https://localhost:{new Uri(arm.Urls.Single()).Port}"),
            ("ReverseProxy:Clusters:shop-canary:HttpClient:DangerousAcceptAnyServerCertificate", "true"),
        ]);
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("POST /upload HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nhalf");
        await Task.Delay(TimeSpan.FromSeconds(4.7), TestContext.Current.CancellationToken);
        Assert.Equal(502, (await rig.GetAsync("/break")).Status);
        Assert.Equal(1, rig.CanaryStats.Failures);
    }

    [Fact]
    public async Task An_arm_that_goes_on_ending_connections_after_such_a_client_is_gone_has_failed()
    {
        await using var rig = await StartAsync();
        using (var wire = await Wire.OpenAsync(rig.Address.Port))
        {
            await wire.SendAsync("GET /at-once HTTP/1.1\r\nHost: a\r\nX-A: é\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 400", await wire.HeadAsync(), StringComparison.Ordinal);
        }

        rig.Canary.Handle = EndConnection;
        var since = TimeProvider.System.GetTimestamp();
        while (rig.Status.Phase != RolloutPhase.RolledBack)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(5), "It was never blamed.");
            using var body = new StringContent("all");
            using var answer = await rig.Client.PostAsync(new Uri("/", UriKind.Relative), body, TestContext.Current.CancellationToken);
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Streams_that_an_arm_broke_itself_are_nobody_elses_doing()
    {
        await using var rig = await StartAsync(weight: 1);
        rig.Stable.Handle = async context =>
        {
            await context.Response.WriteAsync("half");
            await context.Response.Body.FlushAsync();
            await EndConnection(context);
        };
        const int Requests = 70;
        for (var i = 0; i < Requests; i++)
        {
            await Record.ExceptionAsync(() => rig.GetAsync());
        }

        await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Stable) == 0, "none is in flight");
        Assert.Equal(Requests, rig.Generation.Stable.Failures);
    }

    [Fact]
    public async Task An_arm_that_ends_connections_hides_behind_no_clients_that_leave()
    {
        await using var rig = await StartAsync();
        for (var i = 0; i < 120; i++)
        {
            using var wire = await Wire.OpenAsync(rig.Address.Port);
            await wire.SendAsync("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Canary) == 1, "it is at the canary");
            wire.Reset();
            await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Canary) == 0, "it has left");
        }

        rig.Canary.Handle = EndConnection;
        Assert.Equal(502, (await rig.GetAsync()).Status);
        Assert.Equal(1, rig.CanaryStats.Failures);
    }

    [Fact]
    public async Task An_arm_that_ends_connections_hides_behind_no_header_in_UTF_8()
    {
        await using var rig = await StartAsync();
        using var wire = await Wire.OpenAsync(rig.Address.Port);
        await wire.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-A: Ã©\r\n\r\n");
        await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Canary) == 1, "it is at the canary");
        rig.Canary.Handle = EndConnection;
        Assert.Equal(502, (await rig.GetAsync()).Status);
        Assert.True(rig.CanaryStats.Failures > 0);
    }

    [Fact]
    public async Task An_arm_that_takes_any_byte_ends_no_connection_for_one()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.RequestHeaderEncodingSelector = static _ => System.Text.Encoding.Latin1;
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, static end => end.Protocols = HttpProtocols.Http2);
        });
        await using var arm = builder.Build();
        arm.Run(static context => context.Request.Path == "/break" ? EndConnection(context) : Task.CompletedTask);
        await arm.StartAsync(TestContext.Current.CancellationToken);
        await using var rig = await ProxyRig.StartAsync(settings:
        [
            ("ReverseProxy:Clusters:shop-canary:Destinations:one:Address", arm.Urls.Single()),
            ("ReverseProxy:Clusters:shop-canary:HttpRequest:Version", "2"),
            ("ReverseProxy:Clusters:shop-canary:HttpRequest:VersionPolicy", "RequestVersionExact"),
        ]);
        for (var i = 0; i < 2; i++)
        {
            using var wire = await Wire.OpenAsync(rig.Address.Port);
            await wire.SendAsync("GET / HTTP/1.1\r\nHost: a\r\nX-A: é\r\n\r\n");
            Assert.StartsWith("HTTP/1.1 200", await wire.HeadAsync(), StringComparison.Ordinal);
            await Task.Delay(TimeSpan.FromSeconds(1.1 * (1 - i)), TestContext.Current.CancellationToken);
        }

        Assert.Equal(502, (await rig.GetAsync("/break")).Status);
        Assert.Equal(1, rig.CanaryStats.Failures);
    }

    [Fact]
    public async Task A_body_beside_a_header_that_the_arm_does_not_take()
    {
        await using var rig = await StartAsync();
        var since = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(4))
        {
            await Task.WhenAll(Enumerable.Range(0, 20).Select(async i =>
            {
                if (i % 4 > 0)
                {
                    using var body = new StringContent("all");
                    using var answer = await rig.Client.PostAsync(new Uri("/", UriKind.Relative), body);
                    return;
                }

                using var wire = await Wire.OpenAsync(rig.Address.Port);
                await wire.SendAsync("GET /at-once HTTP/1.1\r\nHost: a\r\nX-A: é\r\n\r\n");
                await wire.HeadAsync();
            }));
        }

        await JudgesNobodyAsync(rig);
    }

    private static Task EndConnection(HttpContext context)
    {
        context.Features.GetRequiredFeature<IConnectionLifetimeFeature>().Abort();
        return Task.CompletedTask;
    }

    private static async Task<ProxyRig> StartAsync(RolloutPlan? plan = null, int weight = 10_000)
    {
        var rig = await ProxyRig.StartAsync(
            weight,
            plan,
            HttpProtocols.Http2,
            settings:
            [
                .. from cluster in new[] { "shop-canary", "shop-stable" }
                   from setting in new[] { ("Version", "2"), ("VersionPolicy", "RequestVersionExact") }
                   select ($"ReverseProxy:Clusters:{cluster}:HttpRequest:{setting.Item1}", (string?)setting.Item2),
            ]);
        // As most handlers, it does not ask whether anybody still waits.
        rig.Canary.Handle = async context =>
        {
            if (HttpMethods.IsPost(context.Request.Method))
            {
                await context.Request.Body.CopyToAsync(Stream.Null);
            }
            else if (context.Request.Path != "/at-once")
            {
                await Task.Delay(Answer);
            }
        };
        return rig;
    }

    private static async Task<int[]> Wait(ProxyRig rig) =>
        await Task.WhenAll(Enumerable.Range(0, Waiting).Select(async _ => (await rig.GetAsync()).Status));

    private static async Task JudgesNobodyAsync(ProxyRig rig)
    {
        await ProxyRig.HoldsAsync(() => rig.Generation.InFlight(Arm.Canary) == 0, "none is in flight");
        Assert.Equal((0L, RolloutPhase.Progressing), (rig.CanaryStats.Failures, rig.Status.Phase));
        Assert.True(rig.CanaryStats.Neutral > 0);
    }
}
