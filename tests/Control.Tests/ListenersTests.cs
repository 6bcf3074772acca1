using Snapback.Control.Tests.Admin;
using Xunit;

namespace Snapback.Control.Tests;

public sealed class ListenersTests
{
    [Theory]
    [InlineData("/api/events", 64)]
    [InlineData("/api/rollouts/shop/outcomes", 16)]
    [InlineData("/ofrep/v1/stream", 1000)]
    public async Task There_are_so_many_streams_and_no_more_and_a_place_is_free_again_once_somebody_left(string path, int most)
    {
        await using var rig = await AdminRig.StartAsync();
        var open = new List<HttpResponseMessage>();
        for (var i = 0; i < most; i++)
        {
            open.Add(await OpenAsync(rig, path));
            Assert.Equal(200, (int)open[^1].StatusCode);
        }

        var refused = await rig.GetAsync(path);
        Assert.Equal((503, "application/problem+json"), (refused.Code, refused.Type));
        Assert.StartsWith($"{most} ", refused.Detail, StringComparison.Ordinal);
        open[0].Dispose();
        for (var tries = 0; tries < 500 && open.Count == most; tries++)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
            if (await OpenAsync(rig, path) is { IsSuccessStatusCode: true } next)
            {
                open.Add(next);
            }
        }

        Assert.Equal(most + 1, open.Count);
        open.ForEach(stream => stream.Dispose());
    }

    private static Task<HttpResponseMessage> OpenAsync(AdminRig rig, string path) =>
        rig.Client.GetAsync(path, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
}
