using System.Diagnostics;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Admin;

/// <summary>The moment between a rollback's weight and its record, held open: the deciding thread is stopped in it.</summary>
public sealed class BeforeTheRecordTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/api/rollouts/shop")]
    [InlineData("/api/rollouts")]
    public async Task Whoever_asks_right_after_a_rollback_gets_its_record(string path)
    {
        await using var decision = await Decision.StopAsync();
        var asked = decision.Rig.GetAsync(path);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        await decision.EndAsync();
        Assert.Contains("RolledBack", (await asked).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_version_may_start_right_after_a_rollback()
    {
        await using var decision = await Decision.StopAsync();
        var started = decision.Rig.PostAsync("start", """{"version":"v2"}""");
        await Task.Delay(50, TestContext.Current.CancellationToken);
        await decision.EndAsync();
        Assert.Equal((200, "Progressing"), ((await started).Code, (await started).Phase));
    }

    [Fact]
    public async Task A_record_that_does_not_come_keeps_nobody_waiting_and_the_weight_is_said_to_be_0()
    {
        await using var decision = await Decision.StopAsync();
        var clock = Stopwatch.StartNew();
        var status = (await decision.Rig.GetAsync()).Json;
        Assert.Equal(0, status.GetProperty("weight").GetDecimal());
        Assert.Equal("rolled back; the record is being written", status.GetProperty("nextGate").GetString());
        Assert.Equal(0, (await decision.Rig.GetAsync("/api/rollouts/shop/weight")).Json.GetProperty("weight").GetDecimal());
        Assert.Equal(200, (await decision.Rig.PostAsync("rollback")).Code);
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData("GET", "/api/rollouts/other")]
    [InlineData("POST", "/api/rollouts/other/start")]
    public async Task Of_another_rollout_nobody_waits_for_it(string method, string path)
    {
        await using var decision = await Decision.StopAsync(endlessly: true);
        var other = AdminRig.Plan.Replace("shop", "other", StringComparison.Ordinal);
        Assert.Equal(200, (await decision.Rig.SendAsync("PUT", "/api/rollouts/other", other).WaitAsync(Soon, Ended)).Code);
        var waiting = decision.Rig.GetAsync();
        Assert.Equal(200, (await decision.Rig.SendAsync(method, path, method == "POST" ? """{"version":"v1"}""" : "").WaitAsync(Soon, Ended)).Code);
        Assert.False(waiting.IsCompleted);
        await decision.EndAsync();
        Assert.Equal("RolledBack", (await waiting).Phase);
    }

    [Fact]
    public async Task A_scrape_does_not_wait_for_it_and_shows_the_weight_that_holds_beside_the_phase_that_is_recorded()
    {
        await using var decision = await Decision.StopAsync(endlessly: true);
        Assert.Equal(("0", "1", "0"), await ScrapedAsync(decision.Rig));
        await decision.EndAsync();
        Assert.Equal(("0", "0", "1"), await ScrapedAsync(decision.Rig));
    }

    [Fact]
    public async Task The_stream_of_events_does_not_wait_for_it_and_tells_it_when_it_is_there()
    {
        await using var decision = await Decision.StopAsync(endlessly: true);
        using var response = await decision.Rig.Client.GetAsync("/api/events?rollout=shop", HttpCompletionOption.ResponseHeadersRead, Ended);
        using var events = new StreamReader(await response.Content.ReadAsStreamAsync(Ended));
        var before = await SeeAsync(events, "\"phase\":\"Progressing\"");
        Assert.Contains("\"weight\":0,", before, StringComparison.Ordinal);
        Assert.Contains("the record is being written", before, StringComparison.Ordinal);
        await decision.EndAsync();
        await SeeAsync(events, "\"phase\":\"RolledBack\"");
    }

    private static async Task<(string Weight, string Progressing, string RolledBack)> ScrapedAsync(AdminRig rig)
    {
        var lines = (await Scrape.OfAsync(rig.ControlPlane.Metrics)).Split('\n');
        string Value(string series) => lines.Single(line => line.StartsWith(series, StringComparison.Ordinal))[(series.Length + 1)..];
        return (
            Value("snapback_weight_ratio{rollout=\"shop\"}"),
            Value("snapback_phase{rollout=\"shop\",phase=\"Progressing\"}"),
            Value("snapback_phase{rollout=\"shop\",phase=\"RolledBack\"}"));
    }

    private static async Task<string> SeeAsync(StreamReader events, string words)
    {
        string line;
        do
        {
            line = await events.ReadLineAsync(Ended).AsTask().WaitAsync(Soon, Ended) ?? throw new EndOfStreamException();
        }
        while (!line.Contains(words, StringComparison.Ordinal));
        return line;
    }

    /// <summary>A rollback whose thread stands between the word and the record.</summary>
    private sealed class Decision : IAsyncDisposable
    {
        private readonly StoppingTime _time;
        private Task _decider = Task.CompletedTask;

        public required AdminRig Rig { get; init; }

        /// <param name="endlessly">Whoever waits for the record waits until it is there.</param>
        public static async Task<Decision> StopAsync(bool endlessly = false)
        {
            var time = new StoppingTime(endlessly);
            var decision = new Decision(time) { Rig = await AdminRig.StartAsync(time: time) };
            Assert.Equal(200, (await decision.Rig.PostAsync("start", """{"version":"v1"}""")).Code);
            Assert.True(decision.Rig.ControlPlane.Board.TryGet("shop", out var live));
            decision._decider = Task.Factory.StartNew(
                () =>
                {
                    time.StopThisThread();
                    live.RollBack("operator", "Rolled back.", Authority.Operator, "ann", null);
                },
                TaskCreationOptions.LongRunning);
            await time.Stopped.WaitAsync(TimeSpan.FromSeconds(20));
            Assert.True(live.Generation.Word is { Closed: true, Weight: 0 });
            Assert.Equal(RolloutPhase.Progressing, live.Status.Phase);
            return decision;
        }

        private Decision(StoppingTime time) => _time = time;

        public async Task EndAsync()
        {
            _time.Go();
            await _decider;
        }

        public async ValueTask DisposeAsync()
        {
            await EndAsync();
            await Rig.DisposeAsync();
            _time.Dispose();
        }
    }

    /// <summary>Stops a thread at its second look at the clock: a rollback looks once before the weight is 0, and once after.</summary>
    /// <param name="endlessly">The patience of those who wait for the record, the only wait of its length, never ends.</param>
    private sealed class StoppingTime(bool endlessly) : TimeProvider, IDisposable
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new();
        private int _thread;
        private int _looks;

        public Task Stopped => _stopped.Task;

        public void StopThisThread() => Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);

        public void Dispose() => _go.Dispose();

        public void Go() => _go.Set();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(
                callback,
                state,
                endlessly && dueTime.TotalMilliseconds is > 250 and <= 300 ? Timeout.InfiniteTimeSpan : dueTime,
                period);

        public override DateTimeOffset GetUtcNow()
        {
            if (Environment.CurrentManagedThreadId == Volatile.Read(ref _thread) && ++_looks == 2)
            {
                _stopped.SetResult();
                _go.Wait();
            }

            return base.GetUtcNow();
        }
    }
}
