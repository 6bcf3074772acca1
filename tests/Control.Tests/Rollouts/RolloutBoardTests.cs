using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

/// <summary>One name, one cell, whoever comes first.</summary>
public sealed class RolloutBoardTests
{
    [Fact]
    public async Task Two_who_make_a_rollout_in_the_same_moment_get_one()
    {
        for (var round = 0; round < 200; round++)
        {
            var (board, made) = (new RolloutBoard(), 0);
            using var together = new Barrier(2);
            var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() =>
            {
                together.SignalAndWait();
                return board.Ensure("shop", () =>
                {
                    Interlocked.Increment(ref made);
                    return new LiveRig().Live;
                }, out var _);
            })));
            Assert.Same(both[0], both[1]);
            Assert.True(board.TryGet("shop", out var live) && live == both[0]);
            Assert.Equal(1, made);
        }
    }
}
