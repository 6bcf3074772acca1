using Snapback.Control.Analysis;
using Snapback.Proxy.Tests.Faults;
using Snapback.Proxy.Tests.Observing;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>What a server said before it hung up on an upload.</summary>
public sealed class EarlyAnswersTests
{
    private const int Much = 30_000_000;

    [Fact]
    public async Task Reaches_its_client_over_a_connection_that_was_used_before_too()
    {
        Script upstream = async wire =>
        {
            if (await wire.HeadAsync() is not { } head || head.StartsWith("POST", StringComparison.Ordinal))
            {
                await wire.SendAsync(Play.Status("413 x", "Content-Length: 2\r\nConnection: close", "no") + "‖");
                wire.Dispose();
                return false;
            }

            await wire.SendAsync(Play.Ok("Content-Length: 2", "ok"));
            return true;
        };
        var fault = new Fault("any", upstream, "", Outcome.Success);
        await using var rig = await FaultRig.StartAsync([fault]);
        const int times = 10;
        for (var i = 0; i < times; i++)
        {
            Assert.Equal("200 ok", await rig.ActAsync(fault, 0));
            Assert.Equal(
                "413 no",
                await rig.ActAsync(
                    fault with { Act = Fault.Upload($"POST {{0}} HTTP/1.1\r\nHost: a\r\nContent-Length: {Much}\r\n\r\n", Much) },
                    0));
        }

        var generation = rig.Live(0).Generation;
        await ProxyRig.HoldsAsync(() => FaultRig.IsQuiet(generation), "all have ended");
        Assert.Equal((2L * times, 0L, 0L), (generation.Canary.Successes, generation.Canary.Failures, generation.Canary.Neutral));
    }
}
