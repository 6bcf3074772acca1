using System.Diagnostics;

namespace Snapback.Journeys;

public sealed class ASlowLogStallsNobody : Journey
{
    /// <summary>Each writes a line of some 300 bytes; a pipe holds 64 KB.</summary>
    private const int Commands = 400;

    [Fact]
    public async Task A_full_pipe_behind_the_log_stalls_neither_traffic_nor_commands_nor_the_end()
    {
        var (traffic, admin) = (FreePort.TakeUri(), FreePort.TakeUri());
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));

        // Not the harness's child: nobody reads what this one writes.
        using var process = new Process
        {
            StartInfo = Cli.Command(
            [
                "serve", "--urls", Address(traffic), "--admin-urls", Address(admin), "--data", Folder.At("data"),
                "--stable", Address(stable.Uri), "--canary", Address(canary.Uri),
            ]),
        };
        process.StartInfo.RedirectStandardOutput = true;
        process.Start();
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            await Eventually.SeeAsync("the proxy is ready", () => IsUpAsync(client, new Uri(admin, "healthz/ready")), up => up);
            for (var i = 0; i < Commands; i++)
            {
                var weight = new StringContent($$"""{"weight":{{1 + i % 50}},"version":"v2"}""", null, "application/json");
                using var answer = await client.PutAsync(new Uri(admin, "api/rollouts/default/weight"), weight, Ended);
                Assert.True(answer.IsSuccessStatusCode, $"{i}: {(int)answer.StatusCode}");
            }

            for (var i = 0; i < 20; i++)
            {
                Assert.Contains(await client.GetStringAsync(traffic, Ended), (string[])["stable", "canary"]);
            }

            // Nothing is in flight: it drains at once, and what nobody reads is left behind.
            Child.Terminate(process);
            await process.WaitForExitAsync(Ended).WaitAsync(TimeSpan.FromSeconds(10), Ended);
            Assert.Equal(0, process.ExitCode);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
                await process.WaitForExitAsync(CancellationToken.None);
            }
        }
    }

    private static string Address(Uri uri) => uri.ToString().TrimEnd('/');

    private static async Task<bool> IsUpAsync(HttpClient client, Uri uri)
    {
        try
        {
            using var answer = await client.GetAsync(uri);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
