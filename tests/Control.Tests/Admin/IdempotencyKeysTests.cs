using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Snapback.Control.Admin;
using Xunit;

namespace Snapback.Control.Tests.Admin;

public sealed class IdempotencyKeysTests
{
    private const string Start = """{"version":"v1"}""";

    [Fact]
    public async Task The_same_key_gets_the_first_answer_and_does_nothing_again()
    {
        await using var rig = await AdminRig.StartAsync();
        var first = await rig.PostAsync("start", Start, Key("a"));
        var again = await rig.PostAsync("start", Start, Key("a"));
        Assert.Equal((200, first), (first.Code, again));
        Assert.Equal("\"1.1\"", again.Tag);
        Assert.Equal(409, (await rig.PostAsync("start", Start, Key("b"))).Code);
        Assert.Equal(409, (await rig.PostAsync("start", Start)).Code);
    }

    [Fact]
    public async Task Racing_requests_with_one_key_are_one()
    {
        await using var rig = await AdminRig.StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => rig.PostAsync("start", Start, Key("a"))));
        Assert.Equal(answers[0], Assert.Single(answers.Distinct()));
        Assert.Equal(200, answers[0].Code);
    }

    [Fact]
    public async Task A_key_belongs_to_its_path()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", Start, Key("a"));
        Assert.Equal("Paused", (await rig.PostAsync("pause", "", Key("a"))).Phase);
        Assert.Equal("Paused", (await rig.SendAsync("GET", "/api/rollouts/shop", "", Key("a"))).Phase);
        await rig.PostAsync("rollback");
        Assert.Equal("RolledBack", (await rig.SendAsync("GET", "/api/rollouts/shop", "", Key("a"))).Phase);
    }

    [Fact]
    public async Task A_rollback_is_done_whatever_its_key_was_used_for()
    {
        await using var rig = await AdminRig.StartAsync();
        foreach (var version in new[] { "v1", "v2" })
        {
            await rig.PostAsync("start", $$"""{"version":"{{version}}"}""");
            Assert.Equal("RolledBack", (await rig.PostAsync("rollback", "", Key("a"))).Phase);
            Assert.Equal("RolledBack", (await rig.GetAsync()).Phase);
        }
    }

    [Fact]
    public async Task A_flag_that_is_asked_for_with_a_key_is_not_the_one_of_before()
    {
        const string flags = "/ofrep/v1/evaluate/flags";
        await using var rig = await AdminRig.StartAsync();
        Assert.Contains("\"flags\":[]", (await rig.SendAsync("POST", flags, "{}", Key("a"))).Text, StringComparison.Ordinal);
        var plan = AdminRig.Plan.Replace("\"name\"", "\"flag\":\"shop-v2\",\"name\"", StringComparison.Ordinal);
        Assert.Equal(200, (await rig.SendAsync("PUT", "/api/rollouts/shop", plan)).Code);
        Assert.Contains("shop-v2", (await rig.SendAsync("POST", flags, "{}", Key("a"))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_store_could_not_take_may_be_tried_again_with_its_key()
    {
        await using var rig = await AdminRig.StartAsync(breakable: true);
        Assert.Equal(503, (await rig.PostAsync("start", """{"version":"v1","reason":"unwritable"}""", Key("a"))).Code);
        Assert.Equal(200, (await rig.PostAsync("start", Start, Key("a"))).Code);
    }

    [Fact]
    public async Task A_request_that_failed_inside_is_not_remembered_as_done()
    {
        await using var rig = await AdminRig.StartAsync();
        var tooLong = $$"""{"version":"{{new string('x', 100_000)}}"}""";
        Assert.NotEqual(200, (await rig.PostAsync("start", tooLong, Key("a"))).Code);
        Assert.NotEqual(200, (await rig.PostAsync("start", tooLong, Key("a"))).Code);
    }

    [Fact]
    public async Task An_answer_without_a_body_is_given_again_and_its_connection_lives_on()
    {
        await using var rig = await AdminRig.StartAsync();
        var connections = 0;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectCallback = async (to, stop) =>
            {
                connections++;
                var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                await socket.ConnectAsync(to.DnsEndPoint, stop);
                return new NetworkStream(socket, ownsSocket: true);
            },
        });
        for (var time = 1; time <= 3; time++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Delete, new Uri(rig.Client.BaseAddress!, "/api/rollouts/shop"))
            {
                Headers = { { "Idempotency-Key", "a" } },
            };
            using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.NoContent, 1), (answer.StatusCode, connections));
            // A server that threw after its answer closes the connection a moment later.
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>A time-out of the caller's own is what a key is there for.</summary>
    [Fact]
    public async Task Whoever_leaves_before_the_answer_gets_all_of_it_when_it_asks_again()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        var (begun, left) = (new TaskCompletionSource(), new TaskCompletionSource());
        new IdempotencyKeys().Use(app);
        app.MapPut("/api/rollouts/shop/weight", async () =>
        {
            begun.SetResult();
            await left.Task;
            return Results.Json("done");
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        var url = new Uri(app.Urls.Single() + "/api/rollouts/shop/weight");
        using (await BeginAsync(url.Port, "{}", "{}"))
        {
            await begun.Task;
        }

        // Until the server has seen it leave.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        left.SetResult();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { DefaultRequestHeaders = { { "Idempotency-Key", "a" } } };
        using var again = await client.PutAsync(url, null, TestContext.Current.CancellationToken);
        Assert.Equal("\"done\"", await again.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Whoever_waits_for_one_that_breaks_off_is_then_the_first()
    {
        await using var rig = await AdminRig.StartAsync();
        const string body = """{"weight":5}""";
        var breaksOff = await BeginAsync(rig.Client.BaseAddress!.Port, body, body[..3]);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        var waiting = rig.SendAsync("PUT", "/api/rollouts/shop/weight", body, Key("a"));
        await Task.Delay(50, TestContext.Current.CancellationToken);
        breaksOff.Dispose();
        var answer = await waiting;
        Assert.Equal((200, "Progressing"), (answer.Code, answer.Phase));
    }

    private static async Task<TcpClient> BeginAsync(int port, string body, string sent)
    {
        var caller = new TcpClient("127.0.0.1", port);
        await caller.GetStream().WriteAsync(
            Encoding.ASCII.GetBytes(
                $"PUT /api/rollouts/shop/weight HTTP/1.1\r\nHost: 127.0.0.1\r\nIdempotency-Key: a\r\nContent-Length: {body.Length}\r\n\r\n{sent}"),
            TestContext.Current.CancellationToken);
        return caller;
    }

    private static (string, string) Key(string key) => ("Idempotency-Key", key);
}
