using Snapback.Control.Analysis;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

public sealed class RetryStormTests
{
    private readonly RetryStorm _storm = new();

    [Fact]
    public void A_failure_mutes_its_client_for_ten_seconds()
    {
        Assert.True(_storm.Failed(7, At(0)));
        Assert.False(_storm.Counts(7, At(9.9)));
        Assert.False(_storm.Failed(7, At(9.9)));
        Assert.True(_storm.Counts(7, At(10)));
        Assert.True(_storm.Failed(7, At(10)));
        Assert.False(_storm.Counts(7, At(19)));
    }

    [Fact]
    public void Other_clients_still_count()
    {
        _storm.Failed(7, At(0));
        Assert.True(_storm.Counts(8, At(1)));
        Assert.True(_storm.Failed(8, At(1)));
    }

    [Fact]
    public void A_client_that_nothing_is_known_of_always_counts()
    {
        Assert.True(_storm.Failed(0, At(0)));
        Assert.True(_storm.Failed(0, At(0)));
        Assert.True(_storm.Counts(0, At(0)));
    }

    [Fact]
    public void The_oldest_of_more_than_64_clients_is_forgotten()
    {
        for (var client = 1UL; client <= 65; client++)
        {
            Assert.True(_storm.Failed(client, At(0)));
        }

        Assert.True(_storm.Counts(1, At(1)));
        Assert.False(_storm.Counts(2, At(1)));
        Assert.False(_storm.Counts(65, At(1)));
    }

    [Fact]
    public void No_clock_mutes_for_longer_than_a_short_while()
    {
        _storm.Failed(7, TimeSpan.MaxValue);
        Assert.True(_storm.Counts(7, At(0)));
        Assert.True(_storm.Failed(7, TimeSpan.MinValue));
        Assert.False(_storm.Counts(7, TimeSpan.MinValue));
        Assert.True(_storm.Counts(7, TimeSpan.MaxValue));
    }

    [Fact]
    public async Task Who_asks_while_a_client_fails_for_the_first_time_gets_an_answer()
    {
        var storms = Enumerable.Range(0, 100_000).Select(_ => new RetryStorm()).ToArray();
        using var start = new Barrier(2);
        var asking = Task.Run(() =>
        {
            start.SignalAndWait(TestContext.Current.CancellationToken);
            return storms.Count(storm => !storm.Counts(7, At(1)));
        }, TestContext.Current.CancellationToken);
        start.SignalAndWait(TestContext.Current.CancellationToken);
        Array.ForEach(storms, storm => storm.Failed(7, At(0)));
        Assert.InRange(await asking, 0, storms.Length);
        Assert.DoesNotContain(storms, storm => storm.Counts(7, At(1)));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}
