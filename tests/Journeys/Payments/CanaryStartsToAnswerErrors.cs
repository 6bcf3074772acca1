using System.Text.Json;

namespace Snapback.Journeys.Payments;

public sealed class CanaryStartsToAnswerErrors : PaymentsJourney
{
    [Fact]
    public async Task The_ladder_climbs_by_itself_and_a_reload_into_500s_takes_the_canary_to_zero()
    {
        var (proxy, canary, hook, load) = await AtHalfInNginxAsync();
        Assert.Collection(hook.Calls, call => AssertPayload(call, "5%", "1"), call => AssertPayload(call, "25%", "2"));
        Assert.Equal(0, load.Counts.Failures);

        await canary.ReloadAsync(new NginxAnswer(500, "broken"));
        var status = await RolledBackAsync(proxy, "success-rate");
        Assert.Equal("judge", status.Rollback.Authority);
        Assert.Contains("failed", status.Rollback.Explanation, StringComparison.Ordinal);
        Assert.Contains("50%", status.Rollback.Explanation, StringComparison.Ordinal);
        Assert.InRange(status.Rollback.Failures, 2, status.Rollback.Requests);

        var seen = await load.StopAsync();
        var atCanary = canary.Requests();
        await OnlyStableAsync(proxy);
        Assert.Equal(atCanary, canary.Requests());

        // No user saw one of them: stable answered, and the record counts each.
        Assert.Equal(0, seen.Failures);
        var record = (await proxy.StatusAsync(Rollout)).Rollback;
        Assert.Equal((0, (await proxy.StatusAsync(Rollout)).Canary.Failures), (record.Victims, record.Shielded));
        Assert.Equal(0, (await proxy.StatusAsync(Rollout)).Stable.Failures);
        Assert.Equal(2, hook.Calls.Count);
        await AssertToldAsync(proxy, status.Rollback.Explanation);
    }

    /// <summary>Flagger's webhook payload, field by field.</summary>
    private static void AssertPayload(JsonElement call, string weight, string step)
    {
        Assert.Equal(Rollout, call.GetProperty("name").GetString());
        Assert.Equal(JsonValueKind.String, call.GetProperty("namespace").ValueKind);
        Assert.Equal("Progressing", call.GetProperty("phase").GetString());
        Assert.Equal("2.0", call.GetProperty("checksum").GetString());
        Assert.Equal(weight, call.GetProperty("metadata").GetProperty("weight").GetString());
        Assert.Equal(step, call.GetProperty("metadata").GetProperty("step").GetString());
        Assert.Equal("1", call.GetProperty("metadata").GetProperty("generation").GetString());
    }

    private static async Task AssertToldAsync(SnapbackProcess proxy, string explanation)
    {
        var history = await Eventually.SeeAsync(
            "the rollback in the history", () => proxy.HistoryAsync(Rollout), lines => lines[0].GetProperty("kind").GetString() == "rolled-back");
        Assert.Equal(
            ["planned", "started", "advanced", "advanced", "rolled-back"],
            history.Reverse().Select(line => line.GetProperty("kind").GetString()));
        Assert.Equal(explanation, history[0].GetProperty("sentence").GetString());

        var shown = await proxy.CliAsync("history", Rollout);
        Assert.Equal(0, shown.ExitCode);
        Assert.Contains("rolled-back", shown.Output, StringComparison.Ordinal);

        var wait = await proxy.CliAsync("wait", Rollout, "--for", "promoted");
        Assert.Equal(2, wait.ExitCode);
        Assert.Contains(explanation, wait.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await proxy.CliAsync("wait", Rollout, "--for", "rolledback")).ExitCode);
    }
}
