using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>A replica that does not know what the fleet holds sends everything to stable.</summary>
public sealed class WithheldTests
{
    [Fact]
    public async Task No_request_of_a_new_generation_goes_to_the_canary_while_it_is_withheld()
    {
        var status = RolloutStatus.New("shop", DateTimeOffset.UnixEpoch);
        var live = new LiveRollout(Samples.Plan, status, "r1", new RolloutSwitches(), TimeProvider.System, _ => { });
        live.Withhold(true);
        using var over = new CancellationTokenSource();
        var picking = Task.Run(
            () =>
            {
                var canary = 0;
                while (!over.IsCancellationRequested)
                {
                    canary += live.Generation.Pick(0).Arm == Arm.Canary ? 1 : 0;
                }

                return canary;
            },
            TestContext.Current.CancellationToken);
        for (var generation = 1; generation <= 20_000; generation++)
        {
            live.Merge(Samples.Plan, status with { Generation = generation, Phase = RolloutPhase.Progressing, Weight = Weight.Full, Step = 1 });
        }

        await over.CancelAsync();
        Assert.Equal(0, await picking);
    }
}
