using System.Net;
using CsCheck;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>Which user has which number: the same for ever, everywhere, and with the applications' own library.</summary>
public sealed class UserBucketTests
{
    private const int Users = 4096;

    private static readonly RolloutPlan Plan = DefaultPlan.For("shop", "a", "b");

    private static readonly RolloutPlan AsApplications = Plan with { Bucketing = Bucketing.FeatureManagement };

    private static readonly Gen<string> Key = Gen.String[Gen.OneOf(Gen.Char['a', 'z'], Gen.Char), 0, 700];

    /// <summary>These values are kept for ever: a change reshuffles every user of every rollout that is under way.</summary>
    [Theory]
    [InlineData("shop", "", 6988)]
    [InlineData("shop", "a", 5907)]
    [InlineData("shop", "alice", 9646)]
    [InlineData("shop", "bob@example.org", 3154)]
    [InlineData("shop", "ünïcödé", 652)]
    [InlineData("payments", "alice", 6959)]
    [InlineData("payments", "bob@example.org", 8113)]
    [InlineData("payments", "0f8fad5b-d9cb-469f-a165-70867728950e", 8604)]
    public void The_function_is_what_it_always_was(string rollout, string key, int draw) =>
        Assert.Equal(draw, Of(DefaultPlan.For(rollout, "a", "b"), key));

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(2000)]
    [InlineData(3333)]
    [InlineData(9999)]
    [InlineData(10_000)]
    public async Task With_the_applications_bucketing_every_user_is_on_the_side_that_FeatureManagement_puts_them(int weight)
    {
        await using var application = Application(weight);
        var features = application.GetRequiredService<IVariantFeatureManager>();
        var agreed = 0;
        for (var user = 0; user < Users; user++)
        {
            var variant = await features.GetVariantAsync(
                "shop", new TargetingContext { UserId = $"user-{user}" }, TestContext.Current.CancellationToken);
            agreed += (variant.Name == "canary") == (Of(AsApplications, $"user-{user}") < weight) ? 1 : 0;
        }

        Assert.Equal(Users, agreed);
    }

    [Fact]
    public async Task With_the_flags_name_as_seed_it_is_the_side_of_a_targeting_filters_default_percentage()
    {
        await using var application = Application(2500);
        var features = application.GetRequiredService<IVariantFeatureManager>();
        var plan = AsApplications with { BucketSeed = "targeted" };
        for (var user = 0; user < Users; user++)
        {
            Assert.Equal(
                await features.IsEnabledAsync("targeted", new TargetingContext { UserId = $"user-{user}" }, TestContext.Current.CancellationToken),
                Of(plan, $"user-{user}") < 2500);
        }
    }

    [Fact]
    public void The_same_key_has_the_same_number_in_range_on_every_replica() => Key.Sample(key =>
        Of(Plan, key) is >= 0 and < Weight.Whole and var draw
        && draw == Of(Plan with { Steps = [Plan.Steps[^1]] }, key)
        && Of(AsApplications, key) is >= 0 and < Weight.Whole);

    [Fact]
    public void A_growing_weight_moves_nobody_back() =>
        Gen.Select(
            Key, Gen.Int[0, Weight.Whole], Gen.Int[0, Weight.Whole], Gen.Enum<Bucketing>()).Sample((key, a, b, bucketing) =>
    {
        var draw = Of(Plan with { Bucketing = bucketing }, key);
        return draw >= Math.Min(a, b) || draw < Math.Max(a, b);
    });

    [Fact]
    public void Rollouts_draw_independently_of_each_other()
    {
        var both = Enumerable.Range(0, 100_000).Count(i => Of(Plan, $"user-{i}") < 1000 && Of(Plan with { Name = "payments" }, $"user-{i}") < 1000);

        // A tenth of a tenth, within 3.29 standard deviations.
        Assert.InRange(both, 1000 - 104, 1000 + 104);
    }

    [Theory]
    [InlineData("shop", Bucketing.Fast)]
    [InlineData("a-rollout-with-a-longer-name", Bucketing.Fast)]
    [InlineData("shop", Bucketing.FeatureManagement)]
    public void A_hundred_thousand_keys_are_spread_evenly(string rollout, Bucketing bucketing)
    {
        const int keys = 100_000;
        var bucket = new UserBucket(Plan with { Name = rollout, Bucketing = bucketing });
        var counts = new int[100];
        for (var i = 0; i < keys; i++)
        {
            counts[bucket.Of($"session-{i}", out _) / 100]++;
        }

        // χ² with 99 degrees of freedom is below 148.2 in 99.9 % of all cases.
        Assert.InRange(counts.Sum(count => Math.Pow(count - (keys / 100), 2) / (keys / 100)), 0, 148.2);
    }

    [Fact]
    public void A_header_bomb_is_hashed_no_further_than_its_start()
    {
        var start = new string('€', 512);
        Assert.Equal(Of(Plan, start), Of(Plan, start + new string('x', 100_000)));
        Assert.NotEqual(Of(Plan, start), Of(Plan, start[..511]));
    }

    [Theory]
    [InlineData(Bucketing.Fast)]
    [InlineData(Bucketing.FeatureManagement)]
    public void Nobody_is_nobody(Bucketing bucketing)
    {
        var bucket = new UserBucket(Plan with { Bucketing = bucketing });
        bucket.Of("alice", out var alice);
        bucket.Of("bob", out var bob);
        bucket.Of(IPAddress.Parse("10.1.2.3"), out var address);
        Assert.Equal(3, new[] { alice, bob, address }.Where(client => client != 0).Distinct().Count());
    }

    [Fact]
    public void An_address_is_hashed_as_the_text_that_an_application_would_see()
    {
        var bucket = new UserBucket(AsApplications);
        Assert.Equal(bucket.Of("10.1.2.3", out _), bucket.Of(IPAddress.Parse("10.1.2.3"), out _));
        Assert.Equal(bucket.Of("10.1.2.3", out _), bucket.Of(IPAddress.Parse("::ffff:10.1.2.3"), out _));
        Assert.Equal(bucket.Of("2001:db8::1", out _), bucket.Of(IPAddress.Parse("2001:db8::1"), out _));
    }

    [Theory]
    [InlineData("192.0.2.7")]
    [InlineData("::ffff:192.0.2.7")]
    [InlineData("2001:db8::1")]
    public void An_address_has_its_number_without_allocation(string text)
    {
        var (bucket, address) = (new UserBucket(Plan), IPAddress.Parse(text));

        Assert.Equal(0, Allocated.Bytes(1000, () => bucket.Of(address, out _)));
        Assert.Equal(bucket.Of(address.MapToIPv6(), out var mapped), bucket.Of(address, out var client));
        Assert.Equal(mapped, client);
    }

    private static int Of(RolloutPlan plan, string key) => new UserBucket(plan).Of(key, out _);

    /// <summary>An application with two flags of this weight: a variant's percentile, and a targeting filter.</summary>
    private static ServiceProvider Application(int weight)
    {
        var percent = new Weight(weight).Percent.ToString(System.Globalization.CultureInfo.InvariantCulture);
        const string flags = "feature_management:feature_flags";
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            [$"{flags}:0:id"] = "shop",
            [$"{flags}:0:enabled"] = "true",
            [$"{flags}:0:variants:0:name"] = "canary",
            [$"{flags}:0:variants:1:name"] = "stable",
            [$"{flags}:0:allocation:default_when_enabled"] = "stable",
            [$"{flags}:0:allocation:percentile:0:variant"] = "canary",
            [$"{flags}:0:allocation:percentile:0:from"] = "0",
            [$"{flags}:0:allocation:percentile:0:to"] = percent,
            [$"{flags}:1:id"] = "targeted",
            [$"{flags}:1:enabled"] = "true",
            [$"{flags}:1:conditions:client_filters:0:name"] = "Microsoft.Targeting",
            [$"{flags}:1:conditions:client_filters:0:parameters:Audience:DefaultRolloutPercentage"] = percent,
        }).Build());
        services.AddFeatureManagement();
        return services.BuildServiceProvider();
    }
}
