using System.Diagnostics;
using System.Globalization;

namespace Snapback.Journeys;

/// <summary>A supervisor says SIGHUP when it wants the configuration read again, and the kernel when a terminal was closed.</summary>
public sealed class AHangUpCostsNoRequest : Journey
{
    [Fact]
    public async Task From_a_supervisor_it_reads_the_configuration_again_and_goes_on()
    {
        var stable = SlowUpstream();
        var proxy = await SidecarAsync(stable.Uri, Upstream("canary").Uri);
        using var client = await AskAsync(stable, proxy.Traffic);

        Child.SkipIfDeafToHangUp(proxy.Process.Id);
        proxy.Process.Reload();

        Assert.Equal("stable", (await client.ReadAsync()).Body);
        Assert.Contains("the configuration is read again", proxy.Process.Output, StringComparison.Ordinal);
        Assert.True(await proxy.IsReadyAsync());
    }

    [Fact]
    public async Task From_a_terminal_that_is_closed_it_drains_and_ends()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "script(1) makes the terminal.");
        var stable = SlowUpstream();
        var (traffic, admin, id) = (FreePort.TakeUri(), FreePort.TakeUri(), Folder.At("id"));
        var serve = Cli.Command(
        [
            "serve", "--stable", $"{stable.Uri}", "--canary", $"{stable.Uri}", "--urls", $"{traffic}".TrimEnd('/'), "--admin-urls", $"{admin}".TrimEnd('/'),
            "--data", Folder.At("data"),
        ]);
        var command = string.Join(' ', serve.ArgumentList.Prepend(serve.FileName).Select(word => $"'{word}'"));
        var info = new ProcessStartInfo("/usr/bin/script", ["-qfc", $"echo $$ > {id}; exec {command}", "/dev/null"]);
        var terminal = Own(Child.Start(info));
        await Eventually.SeeAsync("it serves", () => Task.FromResult(terminal.Output), output => output.Contains("serves", StringComparison.Ordinal));
        using var proxy = Process.GetProcessById(int.Parse(await File.ReadAllTextAsync(id, Ended), CultureInfo.InvariantCulture));
        using var client = await AskAsync(stable, traffic);
        Child.SkipIfDeafToHangUp(proxy.Id);

        terminal.Kill();

        Assert.Equal("stable", (await client.ReadAsync()).Body);
        await proxy.WaitForExitAsync(Ended).WaitAsync(TimeSpan.FromSeconds(20), Ended);
    }

    private Upstream SlowUpstream()
    {
        var upstream = Upstream("stable");
        (upstream.Delay, upstream.Behaviour) = (TimeSpan.FromSeconds(2), Behaviour.Slow);
        return upstream;
    }

    private static async Task<RawConnection> AskAsync(Upstream stable, Uri traffic)
    {
        var client = await RawConnection.OpenAsync(traffic);
        await client.SendAsync(RawConnection.Get("/"));
        await Eventually.SeeAsync("the request is at the upstream", () => stable.Requests == 1);
        return client;
    }
}
