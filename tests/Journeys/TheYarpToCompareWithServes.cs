using System.Diagnostics;

namespace Snapback.Journeys;

/// <summary>The load tests' own peer takes parts of the product, and nothing else here runs it: a figure beside nothing would be found late.</summary>
public sealed class TheYarpToCompareWithServes : Journey
{
    [Theory]
    [InlineData("template")]
    [InlineData("same")]
    [InlineData("host")]
    public async Task In_every_form_that_a_scenario_starts(string form)
    {
        var (http1, http2) = (FreePort.TakeUri(), FreePort.TakeUri());
        var (stable, canary) = (Upstream("one"), Upstream("one"));
        var peer = Own(Child.Start(new ProcessStartInfo(
            Cli.Built("loadtests", "Snapback.LoadTests"), ["yarp", form, http1.Authority, http2.Authority, $"{stable.Uri}", $"{canary.Uri}", "0"])));

        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        await Eventually.SeeAsync("the peer answers", async () =>
        {
            Assert.False(peer.HasExited, peer.Error);
            try
            {
                return await client.GetStringAsync(http1);
            }
            catch (HttpRequestException)
            {
                return "";
            }
        }, answer => answer == "one");
    }
}
