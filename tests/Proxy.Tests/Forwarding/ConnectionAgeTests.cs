using System.Runtime.CompilerServices;
using Snapback.Control.Analysis;
using Snapback.Proxy.Tests.Faults;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>Where a name leads is asked when a connection is opened, and pods that came later get only new ones.</summary>
public sealed class ConnectionAgeTests
{
    private static readonly TimeSpan Age = TimeSpan.FromSeconds(2);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_connection_that_is_old_is_not_used_again_and_no_arm_is_charged(bool lean)
    {
        var (seen, connections) = (new ConditionalWeakTable<Wire, object>(), 0);
        await using var rig = await FaultRig.StartAsync(
            [new Fault("any", AnswerAsync, "", Outcome.Success)],
            forwarding: Forwarders.Default with { Lean = lean, ConnectionAge = Age });
        using var client = new HttpClient();

        await AskAsync();
        await AskAsync();
        Assert.Equal(1, connections);

        await Task.Delay(Age + TimeSpan.FromSeconds(0.2), TestContext.Current.CancellationToken);
        await AskAsync();
        await AskAsync();
        Assert.Equal((2, 0), (connections, rig.Live(0).Generation.Canary.Failures));

        async Task AskAsync() =>
            Assert.Equal("ok", await client.GetStringAsync($"http://127.0.0.1:{rig.Port}/case-0/", TestContext.Current.CancellationToken));

        async Task<bool> AnswerAsync(Wire wire)
        {
            if (await wire.HeadAsync() is null)
            {
                return false;
            }

            if (seen.TryAdd(wire, wire))
            {
                Interlocked.Increment(ref connections);
            }

            await wire.SendAsync(Play.Ok("Content-Length: 2", "ok"));
            return true;
        }
    }
}
