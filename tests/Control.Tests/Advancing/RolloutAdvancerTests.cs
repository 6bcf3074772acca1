using Microsoft.Extensions.Logging.Abstractions;
using Snapback.Control.Advancing;
using Snapback.Control.Analysis;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Sharing;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Advancing;

/// <summary>What lets a rollout climb, and what holds it: real hooks on a real server, and a clock in the test's hand.</summary>
public sealed class RolloutAdvancerTests : IAsyncLifetime
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(100);

    private readonly ManualTime _time = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly HookCaller _caller = new();
    private readonly SwitchedLease _lease = new();
    private Task _loop = Task.CompletedTask;
    private HandlerRig _rig = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ContinueWith(_ => { }, TaskScheduler.Default);
        await _rig.DisposeAsync();
        _caller.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task It_climbs_every_step_when_its_hold_is_served_and_its_responses_are_seen()
    {
        await StartAsync(Samples.Plan);
        foreach (var (phase, weight) in new[] { (RolloutPhase.Progressing, 5000), (RolloutPhase.Baking, 10_000), (RolloutPhase.Promoted, 10_000) })
        {
            var before = _rig.Status;
            await IdleAsync();
            _time.Advance(TimeSpan.FromMinutes(30));
            await IdleAsync();
            Assert.Equal(before, _rig.Status);
            Serve(Outcome.Success);
            await UntilAsync(() => _rig.Status.Revision > before.Revision, "it climbs");
            Assert.Equal((phase, weight, "snapback"), (_rig.Status.Phase, _rig.Status.Weight.BasisPoints, _rig.Status.By));
        }
    }

    [Theory]
    [InlineData("switched off")]
    [InlineData("paused")]
    [InlineData("by hand")]
    [InlineData("stable is sick")]
    [InlineData("another replica's duty")]
    public async Task It_does_not_climb_when_nobody_wants_it_to(string why)
    {
        await StartAsync(Plan());
        switch (why)
        {
            case "switched off":
                _rig.Switches.AutoAdvance = false;
                break;
            case "paused":
                await _rig.DoneAsync(Samples.Pause);
                break;
            case "stable is sick":
                Array.ForEach(new int[5], _ => _rig.Live.Generation.Observe(Samples.Stable, Outcome.Failure, _time.Monotonic));
                break;
            case "another replica's duty":
                _lease.Held = false;
                break;
            default:
                await _rig.DoneAsync(Samples.Weigh(700));
                break;
        }

        var before = _rig.Status;
        Serve(Outcome.Success);
        await IdleAsync();
        Assert.Equal(before, _rig.Status);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(201)]
    [InlineData(202)]
    public async Task A_hook_that_says_yes_is_asked_once_a_step_and_lets_it_climb(int yes)
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(yes));
        await StartAsync(Plan(Hook("smoke", receiver.Url("/smoke"))));
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Step == 2, "it climbs");
        await IdleAsync();
        var (path, type, body) = Assert.Single(receiver.Calls);
        Assert.Equal("/smoke", path);
        Assert.StartsWith("application/json", type, StringComparison.Ordinal);
        Assert.Equal("""{"name":"shop","namespace":"","phase":"Progressing","checksum":"v1","metadata":{"weight":"5%","step":"1","generation":"1"}}""", body);
        Serve(Outcome.Success);
        await UntilAsync(() => receiver.Calls.Count == 2, "the next step asks again");
        Assert.Contains("\"step\":\"2\"", receiver.Calls.Last().Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(302)]
    [InlineData(204)]
    public async Task A_hook_that_says_no_rolls_back(int no)
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(no));
        await StartAsync(Plan(Hook("smoke", receiver.Url("/smoke"))));
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.RolledBack, "it is rolled back");
        var record = _rig.Status.Rollback!;
        Assert.Equal(("hook:smoke", Authority.Hook, "smoke"), (record.Trigger, record.Authority, record.By));
        Assert.Contains($"{receiver.Url("/smoke")} answered {no} after 5%", record.Explanation, StringComparison.Ordinal);
        await _rig.ToldAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_hook_that_is_silent_holds_and_is_asked_again_after_five_seconds(bool reachable)
    {
        var silent = true;
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await (silent ? Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken) : Task.CompletedTask);
            return 200;
        });
        var url = reachable ? receiver.Url("/") : new Uri("http://127.0.0.1:9/");
        await StartAsync(Plan(Hook("smoke", url, 50)));
        Serve(Outcome.Success);
        await IdleAsync();
        Assert.Equal((RolloutPhase.Progressing, 1), (_rig.Status.Phase, _rig.Status.Step));
        if (reachable)
        {
            Assert.Single(receiver.Calls);
            silent = false;
            _time.Advance(TimeSpan.FromSeconds(5));
            await UntilAsync(() => _rig.Status.Step == 2, "it climbs at last");
        }
    }

    [Fact]
    public async Task Hooks_are_asked_one_after_the_other_and_the_first_no_ends_it()
    {
        await using var receiver = await Receiver.StartAsync(path => Task.FromResult(path == "/b" ? 500 : 200));
        await StartAsync(Plan(Hook("a", receiver.Url("/a")), Hook("b", receiver.Url("/b")), Hook("c", receiver.Url("/c"))));
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.RolledBack, "b ends it");
        Assert.Equal(["/a", "/b"], receiver.Calls.Select(call => call.Path));
    }

    [Fact]
    public async Task A_hook_that_hangs_delays_no_rollback_and_no_other_rollout()
    {
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken);
            return 200;
        });
        await StartAsync(Plan(Hook("smoke", receiver.Url("/"), 600_000)));
        await _rig.Commands.PutPlanAsync(Plan() with { Name = "other", Stable = "other-stable", Canary = "other-canary" }, "ann");
        Serve(Outcome.Success);
        await UntilAsync(() => !receiver.Calls.IsEmpty, "the hook is asked");

        await _rig.Commands.HandleAsync("other", Samples.Start("v1"));
        Assert.True(_rig.Board.TryGet("other", out var other));
        other.Generation.Observe(Samples.Canary, Outcome.Success, _time.Monotonic);
        await UntilAsync(() => other.Status.Step == 2, "the other one climbs");

        Serve(Outcome.Failure);
        Serve(Outcome.Failure);
        Assert.Equal((RolloutPhase.RolledBack, 0), (_rig.Status.Phase, _rig.Live.Generation.Word.Weight));
    }

    [Fact]
    public async Task A_no_that_comes_after_its_generation_ended_does_not_touch_the_next()
    {
        var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var receiver = await Receiver.StartAsync(_ => answer.Task);
        await StartAsync(Plan(Hook("smoke", receiver.Url("/"))));
        Serve(Outcome.Success);
        await UntilAsync(() => !receiver.Calls.IsEmpty, "the hook is asked");
        await _rig.RollBackAsync();
        await _rig.DoneAsync(Samples.Start("v2"));
        answer.SetResult(500);
        await IdleAsync();
        Assert.Equal((RolloutPhase.Progressing, "v2"), (_rig.Status.Phase, _rig.Status.Version));
    }

    [Fact]
    public async Task A_store_that_is_away_holds_and_it_climbs_when_the_store_is_back()
    {
        using var directory = new TempDirectory();
        await using (var before = await HandlerRig.MakeAsync(directory, _time, Plan()))
        {
            await before.DoneAsync(Samples.Start("v1"));
        }

        await directory.BreakForAsync(TimeSpan.FromSeconds(1));
        await StartAsync(Plan(), directory, start: false);
        Serve(Outcome.Success);
        await IdleAsync();
        Assert.Equal(1, _rig.Status.Step);
        await UntilAsync(() => _rig.Status.Step == 2, "it climbs");
    }

    private static RolloutPlan Plan(params StepHook[] hooks) => Samples.Plan with
    {
        Steps = [.. Samples.Plan.Steps.Select(step => step with { Hold = TimeSpan.Zero })],
        Hooks = [.. hooks],
    };

    private static StepHook Hook(string name, Uri url, int milliseconds = 5000) => new(name, url, TimeSpan.FromMilliseconds(milliseconds));

    private async Task StartAsync(RolloutPlan plan, TempDirectory? directory = null, bool start = true)
    {
        _rig = await HandlerRig.MakeAsync(directory, _time, plan);
        if (start)
        {
            await _rig.DoneAsync(Samples.Start("v1"));
        }

        var advancer = new RolloutAdvancer(_rig.Board, _rig.Commands, _lease, _caller, _rig.Switches, _time, NullLogger<RolloutAdvancer>.Instance);
        _loop = advancer.RunAsync(_stop.Token);
    }

    private void Serve(Outcome outcome) => _rig.Live.Generation.Observe(Samples.Canary, outcome, _time.Monotonic);

    private Task UntilAsync(Func<bool> condition, string what) => Eventually.HoldsAsync(
        () =>
        {
            _time.Advance(Tick);
            return condition();
        },
        what);

    /// <summary>Time enough for whatever would happen: twenty ticks of its clock, a fifth of a second of ours.</summary>
    private async Task IdleAsync()
    {
        for (var i = 0; i < 20; i++)
        {
            _time.Advance(Tick);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    private sealed class SwitchedLease : IRolloutLease
    {
        public volatile bool Held = true;

        public bool IsHeld(string rollout) => Held;
    }
}
