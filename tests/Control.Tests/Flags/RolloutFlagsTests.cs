using System.Text;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Snapback.Control.Flags;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Flags;

/// <summary>Traffic, an application with Microsoft.FeatureManagement, and the flag that is served to it put every user on the same side.</summary>
public sealed class RolloutFlagsTests : IAsyncDisposable
{
    private const int Users = 4096;
    private const string Flag = "payments-v2";

    private readonly RolloutBoard _board = new();
    private readonly LiveRollout _live;
    private readonly ServiceProvider _services;
    private readonly IVariantFeatureManager _features;

    public RolloutFlagsTests()
    {
        var plan = Samples.Plan with
        {
            Flag = Flag,
            Canary = Samples.Plan.Stable,
            Bucketing = Bucketing.FeatureManagement,
            Sticky = [new StickyKey(StickySource.Header, "X-User-Id")],
        };
        _live = new LiveRollout(
            plan,
            RolloutStatus.New("shop", DateTimeOffset.UnixEpoch),
            "r1",
            new RolloutSwitches(),
            TimeProvider.System,
            _ => { });
        _board.Put(_live);
        _services = Application(services => services.AddSingleton<IFeatureDefinitionProvider>(new RolloutFlags(_board)));
        _features = _services.GetRequiredService<IVariantFeatureManager>();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(500)]
    [InlineData(2500)]
    [InlineData(3333)]
    [InlineData(9999)]
    [InlineData(10_000)]
    public async Task All_three_agree_for_4096_of_4096_users(int weight)
    {
        Do(Samples.Weigh(weight, "2"));
        await using var elsewhere = ApplicationOf(FlagDefinitions.Of(_live.Flags).ToJsonString());
        var remote = elsewhere.GetRequiredService<IVariantFeatureManager>();
        var bucket = new UserBucket(_live.Plan);
        int agreed = 0, on = 0;
        for (var i = 0; i < Users; i++)
        {
            var user = new TargetingContext { UserId = $"user-{i}" };
            var pick = _live.Generation.Pick(bucket.Of(user.UserId, out var client), client);
            _live.Generation.Leave(pick.Arm);
            var traffic = pick.Arm == Arm.Canary;
            var own = await _features.IsEnabledAsync(Flag, user, TestContext.Current.CancellationToken);
            var variant = (await _features.GetVariantAsync(Flag, user, TestContext.Current.CancellationToken)).Name == RolloutFlags.On;
            var theirs = await remote.IsEnabledAsync(Flag, user, TestContext.Current.CancellationToken);
            agreed += traffic == own && own == variant && variant == theirs ? 1 : 0;
            on += own ? 1 : 0;
        }

        Assert.Equal(Users, agreed);

        // The share itself, within 4 standard deviations.
        var share = weight / 10_000.0;
        Assert.InRange(
            on,
            (share * Users) - (4 * Math.Sqrt(Users * share * (1 - share))) - 1,
            (share * Users) + (4 * Math.Sqrt(Users * share * (1 - share))) + 1);
    }

    [Fact]
    public async Task After_a_rollback_nobody_is_left_and_the_flag_is_disabled_and_not_a_share_of_nobody()
    {
        Do(Samples.Start("2"), Samples.Advance);
        _live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
        for (var i = 0; i < Users; i++)
        {
            Assert.False(await IsOn($"user-{i}"));
        }

        Assert.Equal(FeatureStatus.Disabled, (await new RolloutFlags(_board).GetFeatureDefinitionAsync(Flag)).Status);
        Assert.Contains("\"enabled\":false", FlagDefinitions.Of(_live.Flags).ToJsonString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_promoted_flag_is_on_for_everybody_also_for_whom_nobody_knows()
    {
        Do(Samples.Start("2"), Samples.Promote);
        Assert.True(await IsOn("alice"));
        Assert.True(await IsOn(null));
    }

    [Fact]
    public async Task Below_everybody_whoever_has_no_name_has_no_flag_and_meets_the_same_arm()
    {
        Do(Samples.Weigh(9999, "2"));
        Assert.False(await IsOn(null));
        Assert.Equal(Arm.Stable, _live.Generation.Pick(0, eligibility: _live.Generation.OfNobody).Arm);
        Do(Samples.Weigh(10_000));
        Assert.True(await IsOn(null));
        Assert.Equal(Arm.Canary, _live.Generation.Pick(0, eligibility: _live.Generation.OfNobody).Arm);
    }

    [Fact]
    public async Task An_evaluation_that_begins_after_a_rollback_never_finds_it_on()
    {
        for (var round = 0; round < 200; round++)
        {
            Do(new RolloutCommand.SetWeight(Weight.Full, $"v{round}", "ann"));
            var rolledBack = 0;
            var stale = 0;
            var asking = Task.Run(
                async () =>
                {
                    for (var asked = 0; asked < 50;)
                    {
                        var after = Volatile.Read(ref rolledBack) == 1;
                        var on = await IsOn("alice");
                        stale += after && on ? 1 : 0;
                        asked += after ? 1 : 0;
                    }
                },
                TestContext.Current.CancellationToken);
            _live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
            Volatile.Write(ref rolledBack, 1);
            await asking;
            Assert.Equal(0, stale);
        }
    }

    [Fact]
    public async Task A_flag_of_nobody_is_unknown() => Assert.Null(await new RolloutFlags(_board).GetFeatureDefinitionAsync("no-such-flag"));

    [Fact]
    public async Task A_definition_is_made_once_per_state()
    {
        var flags = new RolloutFlags(_board);
        var before = await flags.GetFeatureDefinitionAsync(Flag);
        Assert.Same(before, await flags.GetFeatureDefinitionAsync(Flag));
        Do(Samples.Start("2"));
        Assert.NotSame(before, await flags.GetFeatureDefinitionAsync(Flag));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static ServiceProvider ApplicationOf(string definitions) => Application(services => services.AddSingleton<IConfiguration>(
        new ConfigurationBuilder().AddJsonStream(new MemoryStream(Encoding.UTF8.GetBytes(definitions))).Build()));

    private static ServiceProvider Application(Action<ServiceCollection> add)
    {
        var services = new ServiceCollection();
        services.AddLogging();
        add(services);
        services.AddFeatureManagement();
        return services.BuildServiceProvider();
    }

    /// <summary>
    /// For whom nobody knows, an application asks without a context: the library takes a context without a name for a
    /// user called "".
    /// </summary>
    private async Task<bool> IsOn(string? user) => user is null
        ? await _features.IsEnabledAsync(Flag)
        : await _features.IsEnabledAsync(Flag, new TargetingContext { UserId = user });

    private void Do(params RolloutCommand[] commands)
    {
        foreach (var command in commands)
        {
            var transition = Transitions.Apply(_live.Plan, _live.Status, command, TimeSpan.Zero, DateTimeOffset.UnixEpoch);
            Assert.True(_live.Adopt(transition.Next ?? throw new InvalidOperationException(transition.Refusal)));
        }
    }
}
