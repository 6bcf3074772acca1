using System.Globalization;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Tests.Forwarding;
using Xunit;

namespace Snapback.Proxy.Tests.Faults;

/// <summary>Nobody outside can roll back a release: however often each client misbehaves, no arm fails and no weight moves.</summary>
public sealed class HostileClientsTests(ITestOutputHelper output)
{
    private const int Half = Weight.Whole / 2;
    /// <summary>Most of them wait for a time-out: so many wait together, and the machine is busy meanwhile. Not before all is compiled.</summary>
    private const int AtOnce = 512;
    private const int AtOnceAtFirst = 64;
    private const int FirstRounds = 20;

    /// <summary>Of each case; 10,000 in the long run of <c>./test.sh --all</c>.</summary>
    private static readonly int Times = int.Parse(Environment.GetEnvironmentVariable("SNAPBACK_HOSTILE_TIMES") ?? "20", CultureInfo.InvariantCulture);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Over_HTTP_1(bool lean) => AttackAsync([.. ClientFaults.All], lean, []);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public Task Over_HTTP_2(bool lean) => AttackAsync([.. Http2ClientFaults.All, .. Http2ClientFaults.Floods], lean, Http2ClientFaultsTests.Listener);

    private async Task AttackAsync(Fault[] faults, bool lean, (string, string?)[] settings)
    {
        await using var rig = await FaultRig.StartAsync(faults, Half, lean ? Forwarders.Lean : Forwarders.Default, settings);

        await AttackAsync(rig, faults, Math.Min(Times, FirstRounds), AtOnceAtFirst);
        await AttackAsync(rig, faults, Times - Math.Min(Times, FirstRounds), AtOnce);

        var wrong = new List<string>();
        foreach (var (fault, i) in faults.Select((fault, i) => (fault, i)))
        {
            var live = rig.Live(i);
            await Observing.ProxyRig.HoldsAsync(() => FaultRig.IsQuiet(live.Generation), $"'{fault.Name}' has ended");
            var seen =
                $"'{fault.Name}': {live.Status.Phase} at {live.Status.Weight}; {Told(live.Generation.Canary)} at the canary; {Told(live.Generation.Stable)} at stable";
            output.WriteLine(seen);
            if ((live.Status.Phase, live.Status.Weight.BasisPoints, live.Generation.Canary.Failures, live.Generation.Stable.Failures)
                != (RolloutPhase.Progressing, Half, 0L, 0L))
            {
                wrong.Add(seen);
            }
        }

        foreach (var said in rig.Words.Said)
        {
            output.WriteLine(said);
        }

        Assert.Empty(wrong);
    }

    /// <summary>Round by round, so that a case that waits for a time-out waits beside all the others.</summary>
    private static Task AttackAsync(FaultRig rig, Fault[] faults, int rounds, int atOnce)
    {
        var attacks = Enumerable.Range(0, rounds).SelectMany(_ => faults.Select((fault, i) => (fault, i)));
        return Parallel.ForEachAsync(attacks, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (attack, _) =>
        {
            try
            {
                await rig.ActAsync(attack.fault, attack.i);
            }
            catch (System.Net.Sockets.SocketException)
            {
                // The proxy hung up in the middle of it, which it may.
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"'{attack.fault.Name}' hears nothing.");
            }
        });
    }

    private static string Told(ArmStats arm) => $"{arm.Successes:N0} good, {arm.Failures:N0} failed, {arm.Neutral:N0} neutral";
}
