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
    private readonly Outgoing _outgoing = new(HookSettings.None, TimeProvider.System);
    private readonly SwitchedLease _lease = new();
    private Task _loop = Task.CompletedTask;
    private HandlerRig _rig = null!;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop.ContinueWith(_ => { }, TaskScheduler.Default);
        await _rig.DisposeAsync();
        _outgoing.Dispose();
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
        Assert.Contains($"{receiver.Url("/smoke")} answered {no} at 5%", record.Explanation, StringComparison.Ordinal);
        await _rig.ToldAsync();
    }

    /// <summary>Flagger's tolerance: a no is a failed check, and the step waits for the next interval.</summary>
    [Theory]
    [InlineData(HookPoint.Step)]
    [InlineData(HookPoint.PreRollout)]
    public async Task A_no_that_counts_is_asked_again_and_rolls_back_when_there_are_too_many(HookPoint when)
    {
        var answer = 500;
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(Volatile.Read(ref answer)));
        await StartAsync(Plan(Hook("smoke", receiver.Url("/smoke"), when: when) with { FailureCounts = true, Interval = TimeSpan.FromMinutes(1) }) with { FailedChecks = 3 });
        var step = _rig.Status.Step;
        Serve(Outcome.Success);
        await UntilAsync(() => Gate.Of(_rig.Live.Snapshot(_time.Monotonic), _rig.Switches, _time.GetUtcNow()).Sentence.Contains("answered 500; 1 of 3 failed checks in all", StringComparison.Ordinal), "the first no is counted");
        await IdleAsync();
        Assert.Equal((1, step), (receiver.Calls.Count, _rig.Status.Step));
        _time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(() => receiver.Calls.Count == 2, "asked again an interval later");
        await IdleAsync();
        Assert.NotEqual(RolloutPhase.RolledBack, _rig.Status.Phase);
        _time.Advance(TimeSpan.FromMinutes(1));
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.RolledBack, "the third is one too many");
        Assert.Equal("hook:smoke", _rig.Status.Rollback!.Trigger);
        Assert.Contains("answered 500; 3 of 3 failed checks in all", _rig.Status.Rollback.Explanation, StringComparison.Ordinal);
        await _rig.ToldAsync();
    }

    [Fact]
    public async Task A_hook_that_cannot_be_reached_holds_and_is_told_once()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(200));
        var smoke = Hook("smoke-test", new Uri("http://smoke-runner.invalid/run")) with { FailureCounts = true, Interval = TimeSpan.FromSeconds(1) };
        await StartAsync(Plan(smoke, Hook("log", receiver.Url("/"), when: HookPoint.Event)) with { FailedChecks = 1 });
        Serve(Outcome.Success);
        await UntilAsync(() => receiver.Calls.Any(call => call.Body.Contains("hook smoke-test at http://smoke-runner.invalid/run cannot be reached", StringComparison.OrdinalIgnoreCase)), "somebody is told");
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await IdleAsync();
        }

        Assert.Equal((RolloutPhase.Progressing, 1), (_rig.Status.Phase, _rig.Status.Step));
        Assert.Contains("Snapback:Hooks:Hosts may say where it is", Assert.Single(receiver.Calls, call => call.Body.Contains("smoke-runner", StringComparison.Ordinal)).Body, StringComparison.Ordinal);
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
    public async Task A_receiver_that_hangs_keeps_the_next_version_from_nothing()
    {
        var hangs = true;
        await using var receiver = await Receiver.StartAsync(async _ =>
        {
            await (Volatile.Read(ref hangs) ? Task.Delay(Timeout.Infinite, TestContext.Current.CancellationToken) : Task.CompletedTask);
            return 200;
        });
        await StartAsync(Plan(Hook("smoke", receiver.Url("/"), 600_000)));
        Serve(Outcome.Success);
        await UntilAsync(() => !receiver.Calls.IsEmpty, "the hook is asked");
        await _rig.RollBackAsync();
        Volatile.Write(ref hangs, false);
        await _rig.DoneAsync(Samples.Start("v2"));
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Step == 2, "it climbs");
    }

    [Fact]
    public async Task A_step_that_is_entered_again_by_hand_asks_again_and_the_answer_of_before_opens_nothing()
    {
        var answers = Enumerable.Range(0, 3)
            .Select(_ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously))
            .ToArray();
        var calls = -1;
        await using var receiver = await Receiver.StartAsync(_ => answers[Interlocked.Increment(ref calls)].Task);
        await StartAsync(Plan(Hook("smoke", receiver.Url("/"), 600_000), Hook("next", receiver.Url("/"), 600_000)));
        await AgainAsync(calls: 1);
        await AgainAsync(calls: 2);
        answers[0].SetResult(200);
        await IdleAsync();
        Assert.Equal(2, receiver.Calls.Count);
        answers[1].SetResult(200);
        await UntilAsync(() => receiver.Calls.Count == 3, "the next hook is asked after the answer to the second question");

        async Task AgainAsync(int calls)
        {
            await _rig.DoneAsync(Samples.Weigh(100));
            await _rig.DoneAsync(Samples.Advance);
            Serve(Outcome.Success);
            await UntilAsync(() => receiver.Calls.Count == calls, "the hook is asked");
        }
    }

    [Fact]
    public async Task What_a_hook_said_before_a_step_is_entered_again_by_hand_is_no_answer()
    {
        var yes = true;
        await using var receiver = await Receiver.StartAsync(path => Task.FromResult(path == "/increase" ? 403 : Volatile.Read(ref yes) ? 200 : 500));
        await StartAsync(Plan(Hook("smoke", receiver.Url("/smoke")), Hook("increase", receiver.Url("/increase"), when: HookPoint.ConfirmTrafficIncrease)) with
        {
            Steps = [Samples.Five with { Hold = TimeSpan.Zero }, Samples.Bake],
        });
        await UntilAsync(() => receiver.Calls.Any(call => call.Path == "/increase"), "it is asked before the first step");
        await _rig.DoneAsync(Samples.Advance);
        Serve(Outcome.Success);
        await UntilAsync(() => receiver.Calls.Any(call => call.Path == "/smoke"), "the smoke test is asked");
        await IdleAsync();
        Volatile.Write(ref yes, false);
        await _rig.DoneAsync(Samples.Weigh(100));
        await _rig.DoneAsync(Samples.Advance);
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.RolledBack, "it is asked again and says no");
    }

    [Fact]
    public async Task Every_point_is_asked_in_its_order_and_the_ends_are_told()
    {
        await using var receiver = await Receiver.StartAsync(path => Task.FromResult(path == "/rollback" ? 403 : 200));
        var points = Enum.GetValues<HookPoint>();
        var plan = Plan([.. points.Select(point => Hook(point.ToString(), receiver.Url("/" + point.ToString().ToLowerInvariant()), when: point))]);
        await StartAsync(plan with { Steps = [plan.Steps[0], plan.Steps[^1]] });
        await UntilAsync(() => _rig.Status.Step == 1, "all hooks before the first step said go");
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Step == 2, "it climbs");
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.Promoted, "it is promoted");
        await UntilAsync(() => receiver.Calls.Any(call => call.Path == "/postrollout"), "the end is told");
        Assert.Equal(
            ["/confirmrollout", "/prerollout", "/confirmtrafficincrease", "/step", "/confirmtrafficincrease", "/step", "/confirmpromotion", "/postrollout"],
            receiver.Calls.Select(call => call.Path).Where(path => path is not ("/rollback" or "/event")));
        Assert.Contains(receiver.Calls, call => call.Path == "/rollback");
        Assert.Equal(["Waiting", "Waiting", "Waiting", "Progressing", "Progressing", "Progressing", "WaitingPromotion", "Succeeded"], receiver.Calls
            .Where(call => call.Path is not ("/rollback" or "/event"))
            .Select(call => System.Text.Json.JsonElement.Parse(call.Body).GetProperty("phase").GetString()));
        await UntilAsync(() => receiver.Calls.Count(call => call.Path == "/event") >= 4, "everything is told as an event");
        Assert.Contains(receiver.Calls, call => call.Path == "/event" && call.Body.Contains("\"eventMessage\":\"Advanced to 5% (step 1 of 2).\",\"eventType\":\"Normal\",\"timestamp\":\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HookPoint.ConfirmRollout, 0, RolloutPhase.Waiting, 0)]
    [InlineData(HookPoint.ConfirmTrafficIncrease, 0, RolloutPhase.Waiting, 0)]
    [InlineData(HookPoint.ConfirmTrafficIncrease, 1, RolloutPhase.Progressing, 500)]
    public async Task A_confirming_hook_that_says_no_waits_and_lets_it_go_on_when_it_says_yes(HookPoint when, int yeses, RolloutPhase phase, int weight)
    {
        var (answer, asked) = (403, 0);
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(Interlocked.Increment(ref asked) <= yeses ? 200 : Volatile.Read(ref answer)));
        await StartAsync(Plan(Hook("gate", receiver.Url("/"), when: when)));
        await UntilAsync(() => _rig.Status.Weight.BasisPoints == weight, "it is where it waits");
        Serve(Outcome.Success);
        await UntilAsync(() => receiver.Calls.Count >= yeses + 2, "it is asked again and again");
        Assert.Equal((phase, weight), (_rig.Status.Phase, _rig.Status.Weight.BasisPoints));
        Assert.Contains("hook gate answered 403, ", Gate.Of(_rig.Live.Snapshot(_time.Monotonic), _rig.Switches, _time.GetUtcNow()).Sentence, StringComparison.Ordinal);
        Volatile.Write(ref answer, 200);
        await UntilAsync(() => _rig.Status.Weight.BasisPoints > weight, "it goes on");
    }

    [Fact]
    public async Task A_confirming_hook_holds_the_promotion_in_a_phase_of_its_own_while_the_judge_goes_on()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(403));
        await StartAsync(Plan(Hook("gate", receiver.Url("/"), when: HookPoint.ConfirmPromotion)) with { Steps = [Samples.Bake with { Hold = TimeSpan.Zero }] });
        Serve(Outcome.Success);
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.Waiting, "it waits for the confirmation");
        Assert.Equal(Weight.Full, _rig.Status.Weight);
        Serve(Outcome.Failure);
        Serve(Outcome.Failure);
        Assert.Equal(RolloutPhase.RolledBack, _rig.Status.Phase);
    }

    [Theory]
    [InlineData(RolloutPhase.Progressing)]
    [InlineData(RolloutPhase.Paused)]
    [InlineData(RolloutPhase.Frozen)]
    public async Task A_rollback_hook_that_says_yes_rolls_back_whatever_the_rollout_waits_for(RolloutPhase phase)
    {
        var answer = 403;
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(Volatile.Read(ref answer)));
        await StartAsync(Plan(Hook("alarm", receiver.Url("/"), when: HookPoint.Rollback)) with { Steps = [Samples.Five, Samples.Bake] });
        await (phase switch
        {
            RolloutPhase.Paused => _rig.DoneAsync(Samples.Pause),
            RolloutPhase.Frozen => _rig.DoneAsync(new RolloutCommand.Freeze("It broke.")),
            _ => Task.CompletedTask,
        });
        await UntilAsync(() => receiver.Calls.Count >= 2, "it is asked again and again");
        Assert.Equal(phase, _rig.Status.Phase);
        Volatile.Write(ref answer, 200);
        await UntilAsync(() => _rig.Status.Phase == RolloutPhase.RolledBack, "it is rolled back");
        Assert.Equal("hook:alarm", _rig.Status.Rollback!.Trigger);
    }

    [Theory]
    [InlineData(HookDown.Rollback, RolloutPhase.RolledBack, 0)]
    [InlineData(HookDown.Pass, RolloutPhase.Progressing, 5000)]
    public async Task A_hook_that_is_down_means_what_the_plan_declares(HookDown down, RolloutPhase phase, int weight)
    {
        await StartAsync(Plan(Hook("smoke", new Uri("http://127.0.0.1:9/")) with { OnDown = down }));
        Serve(Outcome.Success);
        await UntilAsync(() => (_rig.Status.Phase, _rig.Status.Weight.BasisPoints) == (phase, weight), "it does so");
    }

    [Fact]
    public async Task After_a_rollback_the_deployer_is_told_to_scale_down_as_often_as_it_takes()
    {
        await using var receiver = await Receiver.StartAsync(_ => Task.FromResult(200));
        var plan = Plan();
        await StartAsync(plan with { Rollback = plan.Rollback with { Hooks = [Hook("scale-down", receiver.Url("/scale-down"), when: HookPoint.PostRollout)] } });
        await _rig.RollBackAsync("it smells");
        await UntilAsync(() => !receiver.Calls.IsEmpty, "the deployer is told");
        var body = System.Text.Json.JsonElement.Parse(Assert.Single(receiver.Calls).Body);
        Assert.Equal(("Failed", "v1", "Warning"), (body.GetProperty("phase").GetString(), body.GetProperty("checksum").GetString(), body.GetProperty("metadata").GetProperty("eventType").GetString()));
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

    private static RolloutPlan Plan(params Hook[] hooks) => Samples.Plan with
    {
        Steps = [.. Samples.Plan.Steps.Select(step => step with { Hold = TimeSpan.Zero })],
        Hooks = [.. hooks],
    };

    private static Hook Hook(string name, Uri url, int milliseconds = 5000, HookPoint when = HookPoint.Step) => new(name, when, url, TimeSpan.FromMilliseconds(milliseconds));

    private async Task StartAsync(RolloutPlan plan, TempDirectory? directory = null, bool start = true)
    {
        _rig = await HandlerRig.MakeAsync(directory, _time, plan);
        if (start)
        {
            await _rig.DoneAsync(Samples.Start("v1"));
        }

        var advancer = new RolloutAdvancer(_rig.Board, _rig.Commands, _lease, new HookCaller(_outgoing, TimeProvider.System), _rig.Sync.Feed, _rig.Switches, _time, NullLogger<RolloutAdvancer>.Instance);
        _loop = Task.WhenAll(advancer.RunAsync(_stop.Token), _rig.Teller(_outgoing).TellFreshAsync(_stop.Token));
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
