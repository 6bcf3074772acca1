using System.Text.Json;

namespace Snapback.Journeys;

/// <summary>How many bad answers it takes, counted where they were given.</summary>
public sealed class FewestFailuresAreNeeded : Journey
{
    [Fact]
    public async Task A_canary_that_is_dead_from_the_start_gets_exactly_two_requests()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        canary.Behaviour = Behaviour.Error;
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.StandingAt("5%"));
        await proxy.PostAsync("start", new { version = "2" });

        // At 5 % two canary requests come within 40 on average; 2,000 without two would be a wrong split.
        var seen = await Load.SequentialAsync(proxy.Traffic, 2000, counts => counts.Failures == 2);
        Assert.Equal(2, seen.Failures);
        Assert.True((await proxy.StatusAsync()).IsRolledBack);

        var later = await Load.SequentialAsync(proxy.Traffic, 500);
        Assert.Equal("500 × stable", later.ToString());
        Assert.Equal(2, canary.Requests);
        Assert.Equal(["1-1", "1-2"], canary.Arrivals.Select(arrival => arrival.Pick));

        // What a machine computes with is a number in the log too.
        await Eventually.SeeAsync("the log tells it", () => proxy.Process.Output.Contains("\"WeightBefore\"", StringComparison.Ordinal));
        var told = JsonDocument.Parse(proxy.Process.Output.Split('\n').First(line => line.Contains("\"WeightBefore\"", StringComparison.Ordinal))).RootElement;
        Assert.Equal((5m, 0), (told.GetProperty("WeightBefore").GetDecimal(), told.GetProperty("PickedAfter").GetInt32()));
        Assert.Contains("from 5% to 0%", told.GetProperty("@m").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_canary_that_dies_after_3000_good_answers_gives_exactly_three_bad_ones()
    {
        // The evidence a step starts with is used up by then, and good answers buy no credit: what is left is the floor that
        // restarts keep up (about 0.2 per alternative). A dead canary multiplies it by at most 1/0.5 % = 200 with every
        // failure, weighed over the alternatives: the second ends below the threshold of 1,000, the third far above it.
        // Where 20,000 good ones went before, design and unit tests say the same three; 3,000 take a second or two.
        const int good = 3000;
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, Plans.AllAtOnce);
        await proxy.PostAsync("start", new { version = "2" });
        Assert.Equal($"{good} × canary", (await Load.SequentialAsync(proxy.Traffic, good)).ToString());

        canary.Behaviour = Behaviour.Error;
        Assert.Equal("3 × 500, 197 × stable", (await Load.SequentialAsync(proxy.Traffic, 200)).ToString());
        Assert.Equal(good + 3, canary.Requests);
        Assert.Equal(3, (await proxy.StatusAsync()).Rollback.Failures);
    }
}
