using System.Text.Json;

namespace Snapback.Journeys;

/// <summary><c>snapback events --follow</c> beside a rollout, as somebody on call has it open.</summary>
public sealed class WhatHappensIsFollowed : Journey
{
    [Fact]
    public async Task A_rollback_and_what_happens_after_a_crash_are_told_once_each_and_ctrl_C_ends_it_well()
    {
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        string[] args = ["--stable", stable.Uri.ToString(), "--canary", canary.Uri.ToString(), "--plan", Folder.Write("plan.yaml", Plans.StandingAt("50%"))];
        var proxy = await SnapbackAsync(args);
        var text = Own(Child.Start(Cli.Command(["events", "--follow", "--admin", proxy.AdminUri.ToString()])));
        var json = Own(Child.Start(Cli.Command(["events", "default", "-f", "--json", "--admin", proxy.AdminUri.ToString()])));
        await SeeAsync(text, "planned");
        await SeeAsync(json, "planned");

        await proxy.PostAsync("start", new { version = "v1", reason = "release 1", by = "ann" });
        await SeeAsync(text, "started");
        canary.Behaviour = Behaviour.Error;
        await Load.SequentialAsync(proxy.Traffic, 50);
        var explanation = (await proxy.SeeAsync("rolled back", status => status.IsRolledBack)).Rollback.Explanation;
        await SeeAsync(text, "rolled-back");
        await SeeAsync(json, "rolled-back");

        await proxy.KillAsync();
        await Eventually.SeeAsync(
            "it is missed",
            () => Task.FromResult(text.Error),
            error => error.Contains("Trying again until it is back.", StringComparison.Ordinal));
        var again = Own(SnapbackProcess.Start(Folder, args, adminAt: proxy.AdminUri));
        await again.ReadyAsync();
        await again.PostAsync("retry", new { reason = "fixed", by = "ann" });
        await SeeAsync(text, "started", times: 2);
        await SeeAsync(json, "started", times: 2);

        text.Interrupt();
        json.Interrupt();
        Assert.Equal((0, 0), (await text.ExitAsync(), await json.ExitAsync()));
        string[] kinds = ["planned", "started", "rolled-back", "started"];
        Assert.Equal(kinds, Lines(text).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[3]));
        Assert.Contains($"judge     {explanation}", text.Output, StringComparison.Ordinal);
        Assert.Equal(kinds, Lines(json).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()));
        Assert.EndsWith("The admin side is back.\n", text.Error, StringComparison.Ordinal);
    }

    private static Task<string> SeeAsync(Child child, string kind, int times = 1) => Eventually.SeeAsync(
        $"'{kind}' is told {times} times",
        () => Task.FromResult(child.Output),
        output => output.Split(kind == "started" ? "started at" : kind).Length > times);

    private static string[] Lines(Child child) => child.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
