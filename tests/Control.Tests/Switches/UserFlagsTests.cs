using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.FeatureManagement;
using Microsoft.FeatureManagement.FeatureFilters;
using Snapback.Control.Switches;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Switches;

public sealed class UserFlagsTests
{
    [Fact]
    public async Task A_filter_that_hangs_is_asked_for_so_many_users_and_for_the_others_when_it_answers_again()
    {
        var hanging = new Hanging();
        var flags = new UserFlags(hanging, NullLogger<UserFlags>.Instance);
        for (var user = 1UL; user <= 3000; user++)
        {
            Assert.False(flags.Ask("beta", user, $"{user}", [], TimeSpan.Zero));
        }

        Assert.Equal(1000, hanging.Asked);
        hanging.Answer.SetResult(true);
        await Eventually.HoldsAsync(() => flags.TryGet("beta", 1, TimeSpan.Zero, out var isOn) && isOn, "the first user has the answer");
        await Eventually.HoldsAsync(() => flags.Ask("beta", 3000, "3000", [], TimeSpan.Zero), "the last user is asked for");
    }

    [Fact]
    public void So_many_answers_are_kept_and_no_more_whoever_asks()
    {
        var prompt = new Hanging();
        prompt.Answer.SetResult(true);
        var flags = new UserFlags(prompt, NullLogger<UserFlags>.Instance);
        for (var user = 1UL; user <= 16_384; user++)
        {
            // Whoever asks twice is kept once.
            Assert.True(flags.Ask("beta", user, $"{user}", [], TimeSpan.Zero) && flags.Ask("beta", user, $"{user}", [], TimeSpan.Zero));
        }

        Assert.Equal(16_384, Kept(flags));
        Assert.True(flags.Ask("beta", 16_385, "16385", [], TimeSpan.Zero));
        Assert.Equal(0, Kept(flags));
    }

    private static int Kept(UserFlags flags) =>
        Enumerable.Range(1, 20_000).Count(user => flags.TryGet("beta", (ulong)user, TimeSpan.Zero, out _));

    private sealed class Hanging : IVariantFeatureManager
    {
        public TaskCompletionSource<bool> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Asked { get; private set; }

        public ValueTask<bool> IsEnabledAsync<TContext>(string feature, TContext context, CancellationToken cancellationToken = default)
        {
            Asked++;
            return new ValueTask<bool>(Answer.Task);
        }

        public ValueTask<bool> IsEnabledAsync(string feature, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<Variant> GetVariantAsync(string feature, CancellationToken cancellationToken = default) => throw new NotSupportedException();

        public ValueTask<Variant> GetVariantAsync(string feature, ITargetingContext context, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException();

        public async IAsyncEnumerable<string> GetFeatureNamesAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            yield break;
        }
    }
}
