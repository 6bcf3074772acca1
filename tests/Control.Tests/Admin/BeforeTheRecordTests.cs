using System.Diagnostics;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Admin;

/// <summary>The moment between a rollback's weight and its record, held open: the deciding thread is stopped in it.</summary>
public sealed class BeforeTheRecordTests
{
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

    /// <summary>A rollback whose thread stands between the word and the record.</summary>
    private sealed class Decision : IAsyncDisposable
    {
        private readonly StoppingTime _time;
        private Task _decider = Task.CompletedTask;

        public required AdminRig Rig { get; init; }

        public static async Task<Decision> StopAsync()
        {
            var time = new StoppingTime();
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
    private sealed class StoppingTime : TimeProvider, IDisposable
    {
        private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ManualResetEventSlim _go = new();
        private int _thread;
        private int _looks;

        public Task Stopped => _stopped.Task;

        public void StopThisThread() => Volatile.Write(ref _thread, Environment.CurrentManagedThreadId);

        public void Dispose() => _go.Dispose();

        public void Go() => _go.Set();

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
