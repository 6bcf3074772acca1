using System.Text;
using Snapback.Control.Analysis;
using Snapback.Proxy.Tests.Faults;
using Xunit;

namespace Snapback.Proxy.Tests.Forwarding;

/// <summary>Servers close connections that rest: some after seconds, and without a word before.</summary>
public sealed class RestedConnectionsTests
{
    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    [InlineData("DELETE")]
    public async Task One_that_was_closed_meanwhile_is_not_used_for_another_request(string method)
    {
        await using var rig = await FaultRig.StartAsync([new Fault("any", AnswerAndCloseAsync, "", Outcome.Success)]);
        using var client = new HttpClient();
        for (var i = 0; i < 5; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), $"http://127.0.0.1:{rig.Port}/case-0/");
            request.Content = method == "POST" ? new StringContent("pay", Encoding.ASCII) : null;
            using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(200, (int)response.StatusCode);
            await Task.Delay(150, TestContext.Current.CancellationToken);
        }

        Assert.Equal(0, rig.Live(0).Generation.Canary.Failures);
    }

    private static async Task<bool> AnswerAndCloseAsync(Wire wire)
    {
        if (await wire.HeadAsync() is not { } head)
        {
            return false;
        }

        if (head.StartsWith("POST", StringComparison.Ordinal))
        {
            await wire.TakeAsync("pay".Length);
        }

        await wire.SendAsync(Play.Ok("Content-Length: 2", "ok"));
        await Task.Delay(20);
        wire.Finish();
        return false;
    }
}
