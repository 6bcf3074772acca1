namespace Snapback.Journeys.Payments;

/// <summary>
/// The payments API of the brief: a ladder of 5, 25 and 50 %, success rate and p95, and a smoke test after every step. The
/// holds are short, and the last one long, so that the canary stands at 50 % when it breaks.
/// </summary>
public abstract class PaymentsJourney : Journey
{
    internal const string Rollout = "payments-api";

    internal static readonly NginxAnswer StableAnswer = new(200, "stable", "x-version 1.0");
    internal static readonly NginxAnswer CanaryAnswer = new(200, "canary", "x-version 2.0");

    internal async Task<SnapbackProcess> ServeAsync(Uri stable, Uri canary, Uri hook)
    {
        var plan = Folder.Write("payments.yaml", $$"""
            name: {{Rollout}}
            stable: payments-stable
            canary: payments-canary
            owner: payments-team
            steps:
              - { weight: 5%,  hold: 300ms }
              - { weight: 25%, hold: 300ms }
              - { weight: 50%, hold: 30m }
            objectives:
              - { metric: success-rate, min: 99.5% }
              - { metric: p95, max: 400ms }
            hooks: [ { when: step, name: smoke-test, url: {{hook}}, timeout: 2s } ]
            rollback: { authority: [ oncall-payments ], deadline: 5m }
            """);
        return await SnapbackAsync("--config", Folder.Write("appsettings.json", Upstreams(stable, canary)), "--plan", plan);
    }

    /// <summary>Two of nginx, a smoke test that is passed, a steady load, and the canary at 50 %.</summary>
    internal async Task<(SnapbackProcess Proxy, Nginx Canary, Hook Hook, Load Load)> AtHalfInNginxAsync()
    {
        var stable = await NginxAsync(StableAnswer);
        var canary = await NginxAsync(CanaryAnswer);
        var hook = Own(new Hook());
        var proxy = await ServeAsync(stable.Uri, canary.Uri, hook.Url);
        var load = Own(Load.Start(proxy.Traffic, perSecond: 100));
        await ClimbAsync(proxy);
        return (proxy, canary, hook, load);
    }

    /// <summary>Lets the ladder climb by itself under a steady load until the canary stands at 50 %.</summary>
    internal static async Task<Status> ClimbAsync(SnapbackProcess proxy)
    {
        await proxy.PostAsync("start", new { version = "2.0" }, Rollout);
        return await proxy.SeeAsync("50 % by itself", status => status is { Phase: "Progressing", Weight: 50, Canary.Requests: > 50 }, Rollout);
    }

    /// <summary>What holds after every automatic rollback, whatever broke.</summary>
    internal static async Task<Status> RolledBackAsync(SnapbackProcess proxy, string trigger)
    {
        var status = await proxy.SeeAsync($"rolled back by {trigger}", status => status.IsRolledBack, Rollout);
        Assert.Equal(trigger, status.Rollback.Trigger);
        Assert.Equal(0, status.Weight);
        Assert.Equal(0, status.Rollback.CanaryAfterDecision);
        Assert.Equal(300_000, status.Rollback.DeadlineMs);
        Assert.InRange(status.Rollback.TookMs, 0, status.Rollback.DeadlineMs);
        Assert.NotEmpty(status.Rollback.Explanation);
        return status;
    }

    /// <summary>Every one of many later requests is answered by stable.</summary>
    internal static async Task OnlyStableAsync(SnapbackProcess proxy)
    {
        var later = await Load.SequentialAsync(proxy.Traffic, 200);
        Assert.Equal("200 × stable", later.ToString());
    }

    private static string Upstreams(Uri stable, Uri canary) => $$"""
        {
          "ReverseProxy": {
            "Routes": { "payments": { "ClusterId": "payments-stable", "Match": { "Path": "/{**any}" } } },
            "Clusters": {
              "payments-stable": { "Destinations": { "a": { "Address": "{{stable}}" } } },
              "payments-canary": { "Destinations": { "a": { "Address": "{{canary}}" } } }
            }
          }
        }
        """;
}
