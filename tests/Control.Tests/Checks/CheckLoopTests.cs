using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Primitives;
using Snapback.Control.Analysis;
using Snapback.Control.Checks;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Checks;

public sealed class CheckLoopTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_check_that_cannot_be_asked_holds_its_step_and_the_others_are_asked_all_the_same()
    {
        var stop = TestContext.Current.CancellationToken;
        var broken = new IntervalCheck("broken", new CheckSource.Prometheus("up", "main", null, Second), new CheckCondition(1, null)) { Interval = Second };
        var own = new IntervalCheck("own", new CheckSource.Responses(null), new CheckCondition(99, null)) { Interval = Second };
        var time = new ManualTime();
        await using var rig = await HandlerRig.MakeAsync(time: time, plan: Samples.Plan with { Checks = [broken, own] });
        await rig.DoneAsync(Samples.Start("v1"));
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var loop = new CheckLoop(
            rig.Board, rig.Commands, rig.Sync.Feed, outgoing, new AloneLease(), rig.Switches, new TornConfiguration(), time,
            NullLogger<CheckLoop>.Instance).RunAsync(ends.Token);

        await Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromMilliseconds(100));
                rig.Live.Generation.Observe(Samples.Canary, Outcome.Success, time.Monotonic);
                return Said(own)?.State == FindingState.Pass;
            },
            "the check of the responses has a good answer");

        Assert.False(loop.IsCompleted);
        var told = Assert.IsType<Finding>(Said(broken));
        Assert.Equal(FindingState.Wait, told.State);
        Assert.Contains("could not be asked: The file is torn; asked again", told.Sentence, StringComparison.Ordinal);
        await ends.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => loop);

        Finding? Said(IntervalCheck check) => rig.Live.Findings
            .Of(rig.Status, rig.Live.Snapshot(time.Monotonic).Visit)
            .FirstOrDefault(finding => finding.Source == check.FindingSource);
    }

    /// <summary>Stands for whatever nobody has thought of.</summary>
    private sealed class TornConfiguration : IConfiguration
    {
        public string? this[string key]
        {
            get => throw Torn();
            set => throw Torn();
        }

        public IEnumerable<IConfigurationSection> GetChildren() => throw Torn();

        public IChangeToken GetReloadToken() => throw Torn();

        public IConfigurationSection GetSection(string key) => throw Torn();

        private static FormatException Torn() => new("The file is torn.");
    }
}
