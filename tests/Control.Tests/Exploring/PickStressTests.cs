using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Exploring;

/// <summary>Real threads on the real class; and on eight wrong ones, to know that this test can see what it looks for.</summary>
public sealed class PickStressTests
{
    private const int Requests = 60;

    [Fact]
    public void Real_threads_on_the_real_class_break_nothing()
    {
        for (var round = 0; round < 600; round++)
        {
            var wrong = Round(new PickCell.Real(), round);
            Assert.True(wrong is null, $"round {round}: {wrong}");
        }
    }

    [Theory]
    [InlineData(Planted.PickByStore)]
    [InlineData(Planted.PickByAdd)]
    [InlineData(Planted.FailureIgnored)]
    [InlineData(Planted.CloseReadsBefore)]
    [InlineData(Planted.NotClosed)]
    [InlineData(Planted.RaiseReopens)]
    [InlineData(Planted.LeaveInTwo)]
    [InlineData(Planted.EverybodyCloses)]
    public void It_sees_every_planted_bug(Planted planted)
    {
        const int patience = 20_000;
        for (var round = 0; round < patience; round++)
        {
            if (Round(new PickCell.Buggy(planted), round) is not null)
            {
                return;
            }
        }

        Assert.Fail($"{planted} was not seen in {patience} rounds.");
    }

    [Fact]
    public void The_copy_without_a_bug_is_not_accused()
    {
        for (var round = 0; round < 500; round++)
        {
            Assert.Null(Round(new PickCell.Buggy(Planted.Nothing), round));
        }
    }

    /// <summary>Two threads of requests, one that closes while they run, one that closes and raises at the same time.</summary>
    /// <returns>What was wrong; null if nothing was.</returns>
    private static string? Round(PickCell cell, int round)
    {
        var (last, picks, told, closers, ready) = (0u, 0, default(PickWord), 0, 0);
        var at = round % Requests;

        void Request()
        {
            Gather();
            for (var i = 0; i < Requests; i++)
            {
                if (cell.Pick() is > 0 and var number)
                {
                    Interlocked.Increment(ref picks);
                    Max(ref last, number);
                    cell.Leave();
                }
            }
        }

        void Close(bool raises)
        {
            Gather();
            Thread.SpinWait(at * 20);
            if (cell.Close() is { } word)
            {
                Interlocked.Increment(ref closers);
                told = word;
            }

            if (raises)
            {
                cell.Raise();
            }
        }

        void Gather()
        {
            Interlocked.Increment(ref ready);
            SpinWait.SpinUntil(() => Volatile.Read(ref ready) == 4);
        }

        // Threads of their own: the pool gives two on a small machine, and they would wait for the others for ever.
        Thread[] threads = [new(Request), new(Request), new(() => Close(raises: false)), new(() => Close(raises: true))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return (closers, cell.Word) switch
        {
            (not 1, _) => $"{closers} closed it",
            (_, { Weight: > 0 }) => "it is open again",
            (_, { InFlight: not 0 and var left }) => $"{left} places are lost",
            (_, { Sequence: var sequence }) when sequence != told.Sequence => $"{sequence} were picked, and the decision says {told.Sequence}",
            _ when last > told.Sequence => $"pick {last} came after {told.Sequence}",
            _ when picks != told.Sequence => $"{picks} picks, numbered up to {told.Sequence}",
            _ => null,
        };
    }

    private static void Max(ref uint at, uint value)
    {
        var seen = Volatile.Read(ref at);
        while (value > seen)
        {
            var current = Interlocked.CompareExchange(ref at, value, seen);
            if (current == seen)
            {
                return;
            }

            seen = current;
        }
    }
}
