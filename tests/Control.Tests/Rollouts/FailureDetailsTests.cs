using System.Net;
using CsCheck;
using Snapback.Control.Analysis;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Where failures come from, told only where chance does not explain it, in bounded memory.</summary>
public sealed class FailureDetailsTests
{
    private readonly FailureDetails _details = new();
    private uint _sequence;

    [Fact]
    public void Failures_of_one_client_network_are_told_with_its_share_of_the_requests()
    {
        Ask(Outcome.Success, 95, i => $"10.0.{i % 20}.7");
        Ask(Outcome.Failure, 5, _ => "203.0.113.9");
        Assert.Equal(
            "5 of the 5 failures (100%) were asked for by clients in 203.0.113.0/24, which has 5% of the canary's requests.",
            _details.Sentence());
    }

    [Fact]
    public void Failures_of_one_route_and_one_destination_are_told_both()
    {
        Ask(Outcome.Success, 90, i => $"10.0.{i}.7", "home");
        Ask(Outcome.Failure, 10, i => $"10.1.{i}.7", "orders", "canary-2");
        Assert.Equal(
            "10 of the 10 failures (100%) are on route 'orders', which has 10% of the canary's requests. "
            + "10 of the 10 failures (100%) come from destination 'canary-2', which has 10% of the canary's requests.",
            _details.Sentence());
    }

    [Fact]
    public void Where_all_the_requests_are_all_the_failures_are_and_that_says_nothing()
    {
        Ask(Outcome.Success, 50, _ => "10.0.0.1");
        Ask(Outcome.Failure, 20, _ => "10.0.0.1");
        Assert.Null(_details.Sentence());
        Assert.All(_details.Read(), place => Assert.Equal((20, 1d, false), (place.Failures, place.Share, place.IsTelling)));
    }

    [Fact]
    public void Failures_from_everywhere_are_not_told_of_any_place()
    {
        Ask(Outcome.Failure, 300, i => $"10.{i % 100}.0.1");
        Assert.Null(_details.Sentence());
        Assert.Equal(3, _details.Read().Count(place => place.Kind == "network"));
    }

    [Fact]
    public void After_a_thousand_requests_a_sample_stands_for_the_rest()
    {
        Ask(Outcome.Success, 20_000, i => i % 10 == 0 ? "10.1.0.1" : "10.2.0.1");
        Ask(Outcome.Failure, 5, _ => "10.1.0.1");
        Assert.InRange(_details.Read().Single(place => place.Kind == "network").RequestShare, 0.05, 0.15);
    }

    [Fact]
    public void A_frequent_key_is_always_among_the_heavy_and_its_count_is_never_too_low() => Gen.Int[0, 200].Array[0, 2000].Sample(stream =>
    {
        var keys = new HeavyKeys<int>();
        foreach (var key in stream)
        {
            keys.Add(key, 1);
        }

        var shown = keys.Top(HeavyKeys<int>.Capacity).ToDictionary(entry => entry.Key, entry => entry.Count);
        return stream.GroupBy(key => key).All(group =>
            (group.Count() <= stream.Length / HeavyKeys<int>.Capacity || shown.ContainsKey(group.Key))
            && (!shown.TryGetValue(group.Key, out var count) || (count >= group.Count() && count <= group.Count() + stream.Length / HeavyKeys<int>.Capacity)));
    });

    [Theory]
    [InlineData("203.0.113.77", "203.0.113.0/24")]
    [InlineData("::ffff:203.0.113.77", "203.0.113.0/24")]
    [InlineData("2001:db8:1:2:3::4", "2001:db8:1::/48")]
    [InlineData("::1", "::/48")]
    [InlineData(null, "0.0.0.0/24")]
    public void A_network_is_no_nearer_than_it_may_be(string? address, string network) =>
        Assert.Equal(network, ClientNetwork.Of(address is null ? null : IPAddress.Parse(address)).ToString());

    [Fact]
    public void A_rollback_tells_where_its_failures_came_from_and_does_not_wait_for_that()
    {
        var rig = LiveRig.Started(Samples.Unbounded, Weight.Whole);
        for (var i = 1; i <= 400; i++)
        {
            rig.Serve(Outcome.Success, request: new Client($"10.0.{i % 250}.1"));
        }

        var weights = new List<int>();
        while (rig.Live.Status.Rollback is null)
        {
            rig.Serve(Outcome.Failure, request: new Client("203.0.113.1", () =>
            {
                weights.Add(rig.Generation.Word.Weight);
                rig.Time.Advance(TimeSpan.FromMilliseconds(1));
            }));
        }

        var record = rig.Live.Status.Rollback;
        Assert.Equal([.. Enumerable.Repeat(Weight.Whole, weights.Count - 1), 0], weights);
        Assert.Equal((weights.Count, 0), (record.FailuresAtDecision, record.DecisionMicros));
        Assert.Matches(
            $@" {weights.Count} of the {weights.Count} failures \(100%\) were asked for by clients in 203\.0\.113\.0/24, which has [\d.]+% of the canary's requests\.$",
            record.Explanation);
    }

    private void Ask(Outcome outcome, int times, Func<int, string> client, string route = "home", string destination = "canary-1")
    {
        for (var i = 0; i < times; i++)
        {
            var pick = Samples.Canary with { Sequence = ++_sequence };
            if (FailureDetails.Wants(pick, outcome))
            {
                _details.Add(pick, outcome, new RequestPlace(route, destination, ClientNetwork.Of(IPAddress.Parse(client(i % 250)))));
            }
        }
    }

    private sealed class Client(string address, Action? asked = null) : IPlaced
    {
        public RequestPlace Place
        {
            get
            {
                asked?.Invoke();
                return new RequestPlace("home", "one", ClientNetwork.Of(IPAddress.Parse(address)));
            }
        }
    }
}
