using Xunit;

namespace Snapback.Control.Tests.Sharing;

/// <summary>For what happens on another thread, soon.</summary>
internal static class Eventually
{
    public static Task HoldsAsync(Func<bool> condition, string what) => HoldsAsync(() => Task.FromResult(condition()), what);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(10), $"Not within 10 s: {what}");
            await Task.Delay(5);
        }
    }
}
