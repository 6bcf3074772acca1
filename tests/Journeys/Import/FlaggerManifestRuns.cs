using System.Net;
using System.Text;

namespace Snapback.Journeys.Import;

/// <summary>What a Flagger user brings along: the Canary of the payments API.</summary>
public sealed class FlaggerManifestRuns : Journey
{
    private const string Rollout = "payments-api";

    /// <summary>Word for word. Nothing waits for its minute: the judge rolls the first step back within seconds.</summary>
    private const string Literal = """
        apiVersion: flagger.app/v1beta1
        kind: Canary
        metadata:
          name: payments-api
        spec:
          targetRef:
            apiVersion: apps/v1
            kind: Deployment
            name: payments-api
          service:
            port: 8080
          analysis:
            interval: 1m
            threshold: 5
            maxWeight: 50
            stepWeight: 5
            metrics:
            - name: request-success-rate
              thresholdRange:
                min: 99.5
              interval: 1m
            - name: request-duration-p95
              thresholdRange:
                max: 400
              interval: 1m
            webhooks:
            - name: smoke-test
              url: http://smoke-runner/run
              timeout: 30s
        """;

    [Fact]
    public async Task The_manifest_word_for_word_is_imported_checked_put_and_rolls_back_by_success_rate_and_by_p95()
    {
        var manifest = Folder.Write("canary.yaml", Literal);
        Assert.Equal(0, (await Cli.RunAsync("plan", "import", manifest, "--strict")).ExitCode);
        Assert.Equal(0, (await Cli.RunAsync("plan", "check", manifest, "--strict")).ExitCode);
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(
            stable.Uri,
            canary.Uri,
            Literal.Replace("threshold: 5", "threshold: 6\n    sessionAffinity: { cookieName: arm }", StringComparison.Ordinal));
        Assert.Equal(HttpStatusCode.OK, await PutAsync(proxy, Literal));

        var load = Own(Load.Start(proxy.Traffic, perSecond: 200));
        await proxy.PostAsync("start", new { version = "2.0" }, Rollout);
        await proxy.SeeAsync("the first weight", status => status is { Phase: "Progressing", Weight: 5 } && status.Canary.Requests > 20, Rollout);
        canary.Behaviour = Behaviour.Error;
        var failed = await proxy.SeeAsync("rolled back by the success rate", status => status is { Phase: "RolledBack", Weight: 0 }, Rollout);
        Assert.Equal("success-rate", failed.Rollback.Trigger);
        Assert.Matches("Not understood: [^: ]+:15:5 spec.analysis.sessionAffinity: ", proxy.Process.Tail());

        canary.Behaviour = Behaviour.Ok;
        await proxy.PostAsync("start", new { version = "2.1" }, Rollout);
        await proxy.SeeAsync("the first weight again", status => status is { Phase: "Progressing", Weight: 5 } && status.Canary.Requests > 20, Rollout);
        canary.Behaviour = Behaviour.Slow;
        var slow = await proxy.SeeAsync("rolled back by p95", status => status is { Phase: "RolledBack", Weight: 0 }, Rollout);
        Assert.Equal("p95", slow.Rollback.Trigger);
        Assert.Contains("400 ms", slow.Rollback.Explanation, StringComparison.Ordinal);
        Assert.Equal(0, (await load.StopAsync()).Failures);
    }

    [Fact]
    public async Task The_payments_manifest_is_imported_climbs_asks_its_smoke_test_and_rolls_back()
    {
        var runner = Upstream("smoke test");
        // Its smoke test is at a name of the cluster, which the configuration maps.
        var hosts = Folder.Write("hosts.json", $$"""{ "Snapback": { "Hooks": { "Hosts": { "smoke-runner": "127.0.0.1:{{runner.Uri.Port}}" } } } }""");
        var minutes = Literal.Replace("  interval: 1m\n    threshold", "  interval: 10s\n    threshold", StringComparison.Ordinal);
        var manifest = Folder.Write("canary.yaml", minutes);
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var native = Folder.At("native.yaml");
        var import = await Cli.RunAsync("plan", "import", manifest, "--strict", "-o", native);
        Assert.Equal((0, ""), (import.ExitCode, import.Output));
        Assert.Contains("request-duration-p95 is none of Flagger's own metrics", import.Error, StringComparison.Ordinal);

        // The manifest itself and what it was turned into are the same plan: the second is no change to the first.
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, await File.ReadAllTextAsync(manifest, Ended), "--config", hosts);
        Assert.Equal(HttpStatusCode.OK, await PutAsync(proxy, await File.ReadAllTextAsync(native, Ended)));
        Assert.Single(await proxy.HistoryAsync(Rollout));

        Own(Load.Start(proxy.Traffic, perSecond: 100));
        await proxy.PostAsync("start", new { version = "2.0" }, Rollout);
        await proxy.SeeAsync(
            "the second of ten weights, after the first interval",
            status => status is { Phase: "Progressing", Weight: 10 },
            Rollout,
            TimeSpan.FromSeconds(30));
        Assert.Single(runner.Arrivals);

        canary.Behaviour = Behaviour.Error;
        var status = await proxy.SeeAsync(
            "rolled back by the inline objective, long before Flagger's fifth check",
            status => status is { Phase: "RolledBack", Weight: 0 },
            Rollout);
        Assert.Equal("success-rate", status.Rollback.Trigger);
    }

    [Fact]
    public async Task A_manifest_is_put_and_what_it_says_in_vain_is_named()
    {
        var proxy = await SidecarAsync(Upstream("stable").Uri, Upstream("canary").Uri, Manifest(new Uri("http://127.0.0.1:9/run"), "1m"));
        var wanting = Manifest(new Uri("http://127.0.0.1:9/run"), "2m")
            .Replace("maxWeight: 50", "maxWeight: 50, stepWeightPromotion: 50", StringComparison.Ordinal);

        var text = new StringContent(wanting, Encoding.UTF8, "text/yaml");
        using var refused = await proxy.Admin.PutAsync($"api/rollouts/{Rollout}?strict=true", text, Ended);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        var again = new StringContent(wanting, Encoding.UTF8, "text/yaml");
        using var unclear = await proxy.Admin.PutAsync($"api/rollouts/{Rollout}?strict=maybe", again, Ended);
        Assert.Contains("strict: 'maybe' is neither true nor false", await unclear.Content.ReadAsStringAsync(Ended), StringComparison.Ordinal);

        var file = Folder.Write("wanting.yaml", wanting);
        var applied = await proxy.CliAsync("apply", file);
        Assert.Equal(0, applied.ExitCode);
        Assert.Contains($"not understood: {file}:11:", applied.Error, StringComparison.Ordinal);
        Assert.Contains("spec.analysis.stepWeightPromotion", applied.Error, StringComparison.Ordinal);
        Assert.Equal((1, 0), ((await Cli.RunAsync("plan", "check", "--strict", file)).ExitCode, (await Cli.RunAsync("plan", "check", file)).ExitCode));
    }

    /// <summary>Flagger's A/B test: whoever matches, and nobody else, until everybody.</summary>
    [Fact]
    public async Task An_AB_test_sends_those_who_match_and_rolls_back()
    {
        const string insiders = """{ headers: { cookie: { regex: "^(.*?;)?(type=insider)(;.*)?$" } } }""";
        const string testers = """{ headers: { user-agent: { regex: ".*Firefox.*" }, x-tier: { suffix: -beta } } }""";
        var manifest = Manifest(new Uri("http://127.0.0.1:9/run"), "1m").Replace(
            "maxWeight: 50, stepWeight: 5,", $"iterations: 10, match: [ {insiders}, {testers} ],", StringComparison.Ordinal);
        var (stable, canary) = (Upstream("stable"), Upstream("canary"));
        var proxy = await SidecarAsync(stable.Uri, canary.Uri, manifest);
        async Task<string> AskAsync(string headers) =>
            (await RawConnection.AskAsync(proxy.Traffic, $"GET / HTTP/1.1\r\nHost: localhost\r\n{headers}\r\n\r\n")).Body;

        await proxy.PostAsync("start", new { version = "2.0" }, Rollout);
        await proxy.SeeAsync("all of those who match", status => status.Weight == 100, Rollout);
        Assert.Equal("canary", await AskAsync("Cookie: a=b; type=insider; c=d"));
        Assert.Equal("canary", await AskAsync("User-Agent: Mozilla/5.0 Firefox/141\r\nX-Tier: gold-beta"));
        Assert.Equal("stable", await AskAsync("User-Agent: Mozilla/5.0 Firefox/141\r\nX-Tier: gold"));
        Assert.Equal("stable", await AskAsync("Cookie: type=insiders"));

        canary.Behaviour = Behaviour.Error;
        for (var i = 0; i < 20 && !(await proxy.StatusAsync(Rollout)).IsRolledBack; i++)
        {
            await AskAsync("Cookie: type=insider");
        }

        Assert.Equal("success-rate", (await proxy.StatusAsync(Rollout)).Rollback.Trigger);
        Assert.Equal("stable", await AskAsync("Cookie: type=insider"));
        canary.Behaviour = Behaviour.Ok;
        await proxy.PostAsync("start", new { version = "2.1" }, Rollout);
        await proxy.PostAsync("promote", new { reason = "the ten minutes are over" }, Rollout);
        Assert.Equal("canary", await AskAsync("Cookie: none"));
    }

    private static string Manifest(Uri hook, string interval) => $$"""
        apiVersion: flagger.app/v1beta1
        kind: Canary
        metadata:
          name: {{Rollout}}
        spec:
          targetRef: { apiVersion: apps/v1, kind: Deployment, name: {{Rollout}} }
          service: { port: 8080 }
          analysis: {
            interval: {{interval}},
            threshold: 5,
            maxWeight: 50, stepWeight: 5,
            metrics: [
              { name: request-success-rate, thresholdRange: { min: 99.5 }, interval: 1m },
              { name: request-duration-p95, thresholdRange: { max: 400 }, interval: 1m } ],
            webhooks: [ { name: smoke-test, url: "{{hook}}", timeout: 30s } ] }
        """;

    private static async Task<HttpStatusCode> PutAsync(SnapbackProcess proxy, string plan)
    {
        using var response = await proxy.Admin.PutAsync($"api/rollouts/{Rollout}", new StringContent(plan, Encoding.UTF8, "text/yaml"), Ended);
        return response.StatusCode;
    }
}
