using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Faults;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>What the lean forwarder does with its connections: which it uses again, and when a request is sent twice.</summary>
public sealed class LeanForwarderTests
{
    private int _connections;
    private int _requests;

    [Fact]
    public async Task A_connection_is_used_again()
    {
        await using var rig = await StartAsync(AnswerAsync);
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(rig), StringComparison.Ordinal);
        }

        Assert.Equal((1, 5), (_connections, _requests));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\nX")]
    [InlineData("HTTP/1.1 204 No Content\r\n\r\nstolen")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok")]
    public async Task One_that_brought_more_than_its_answer_or_says_that_it_closes_is_not(string answer)
    {
        await using var rig = await StartAsync(async wire =>
        {
            await wire.SendAsync(answer);
            return true;
        });
        for (var i = 0; i < 3; i++)
        {
            Assert.DoesNotContain("stolen", await AskAsync(rig), StringComparison.Ordinal);
        }

        Assert.Equal((3, 3), (_connections, _requests));
    }

    [Fact]
    public async Task One_that_the_server_closed_while_it_rested_is_not_and_no_arm_is_charged()
    {
        await using var rig = await StartAsync(async wire =>
        {
            await AnswerAsync(wire);
            return false;
        });
        for (var i = 0; i < 5; i++)
        {
            Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(rig), StringComparison.Ordinal);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        Assert.Equal((5, 0), (_requests, rig.Live(0).Generation.Canary.Failures));
    }

    [Theory]
    [InlineData("timeout=1", 0, 2)]
    [InlineData("timeout=2", 1200, 2)]
    [InlineData("max=100, timeout=60", 1200, 1)]
    [InlineData("timeout=soon", 0, 1)]
    public async Task One_that_the_server_is_about_to_close_is_not(string says, int rests, int connections)
    {
        await using var rig = await StartAsync(async wire =>
        {
            await wire.SendAsync(Play.Ok($"Content-Length: 2\r\nKeep-Alive: {says}", "ok"));
            return true;
        });
        Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(rig), StringComparison.Ordinal);
        await Task.Delay(rests, TestContext.Current.CancellationToken);
        Assert.StartsWith("HTTP/1.1 200 OK", await AskAsync(rig, "DELETE"), StringComparison.Ordinal);
        Assert.Equal((connections, 2), (_connections, _requests));
    }

    [Theory]
    [InlineData("GET", "200", 3)]
    [InlineData("HEAD", "200", 3)]
    [InlineData("DELETE", "502", 2)]
    public async Task What_a_rested_connection_swallows_is_sent_again_on_a_new_one_if_twice_is_as_good_as_once(
        string method, string status, int requests)
    {
        // The second request of a connection is read and not answered.
        await using var rig = await StartAsync(AnswerAsync, after: _ => Task.FromResult(false));
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(rig), StringComparison.Ordinal);
        Assert.StartsWith($"HTTP/1.1 {status}", await AskAsync(rig, method), StringComparison.Ordinal);
        Assert.Equal(requests, _requests);
    }

    [Fact]
    public async Task Nothing_is_sent_again_to_a_canary_that_was_rolled_back_meanwhile()
    {
        var rolledBack = new TaskCompletionSource();
        await using var rig = await StartAsync(AnswerAsync, after: async _ =>
        {
            await rolledBack.Task;
            return false;
        });
        Assert.StartsWith("HTTP/1.1 200", await AskAsync(rig), StringComparison.Ordinal);
        var asking = AskAsync(rig);
        await ProxyRig.HoldsAsync(() => _requests == 2, "the canary has it");
        rig.Live(0).RollBack("operator", "By hand.", Authority.Operator, "ann", null);
        rolledBack.SetResult();

        Assert.StartsWith("HTTP/1.1 502", await asking, StringComparison.Ordinal);
        Assert.Equal(2, _requests);
    }

    [Fact]
    public async Task A_new_connection_that_swallows_a_request_is_a_failure()
    {
        await using var rig = await StartAsync(_ => Task.FromResult(false));
        Assert.StartsWith("HTTP/1.1 502", await AskAsync(rig), StringComparison.Ordinal);
        Assert.Equal((1, 1L), (_requests, rig.Live(0).Generation.Canary.Failures));
    }

    [Fact]
    public async Task A_body_of_any_size_arrives_whole_in_chunks_or_by_its_length()
    {
        var large = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"{i:00000}"));
        var chunks = string.Concat(large.Chunk(777).Select(chunk => $"{chunk.Length:x}\r\n{new string(chunk)}\r\n"));
        foreach (var answer in (string[])[
            Play.Ok($"Content-Length: {large.Length}", large),
            Play.Ok("Transfer-Encoding: chunked", $"{chunks}0\r\nX-T: t\r\n\r\n")
        ])
        {
            await using var rig = await StartAsync(async wire =>
            {
                await wire.SendAsync(answer);
                return true;
            });
            using var client = new HttpClient();
            for (var i = 0; i < 3; i++)
            {
                Assert.Equal(large, await client.GetStringAsync($"http://127.0.0.1:{rig.Port}/case-0/", TestContext.Current.CancellationToken));
            }
        }

        Assert.Equal((2, 6), (_connections, _requests));
    }

    private static async Task<bool> AnswerAsync(Wire wire)
    {
        await wire.SendAsync(Play.Ok("Content-Length: 2", "ok"));
        return true;
    }

    private static async Task<string> AskAsync(FaultRig rig, string method = "GET")
    {
        using var wire = await Wire.OpenAsync(rig.Port);
        var request = $"{method} /case-0/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        await wire.SendAsync(request);
        return (await wire.ListenAsync(_ => false)).Text;
    }

    /// <param name="script">For the first request of a connection.</param>
    /// <param name="after">For the others; the same if it is not given.</param>
    private Task<FaultRig> StartAsync(Script script, Script? after = null)
    {
        var seen = new System.Runtime.CompilerServices.ConditionalWeakTable<Wire, object>();
        return FaultRig.StartAsync([new Fault("any", CountAsync, "", Outcome.Success)], forwarding: Forwarders.Lean);

        async Task<bool> CountAsync(Wire wire)
        {
            var isFirst = seen.TryAdd(wire, wire);
            if (await wire.HeadAsync() is null)
            {
                return false;
            }

            Interlocked.Add(ref _connections, isFirst ? 1 : 0);
            Interlocked.Increment(ref _requests);
            return await (isFirst ? script : after ?? script)(wire);
        }
    }
}
