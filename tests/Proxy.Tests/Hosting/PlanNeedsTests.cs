using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Snapback.Proxy.Hosting;
using Xunit;

namespace Snapback.Proxy.Tests.Hosting;

/// <summary>A plan that looks at what no request can have here is taken, and whoever gives it is told.</summary>
public sealed class PlanNeedsTests
{
    private static readonly RolloutPlan Plan = DefaultPlan.For("shop", "stable", "canary");

    [Fact]
    public void Claims_without_accepted_tokens_are_told_wherever_they_are_looked_for()
    {
        var plan = Plan with
        {
            Sticky = [new StickyKey(StickySource.Claim, "sub"), new StickyKey(StickySource.Ip, "")],
            Segment = new Segment
            {
                Any = [new Condition(ConditionKind.Group, "", ["staff"])],
                Never = [new Condition(ConditionKind.All, "", []) { Parts = [new Condition(ConditionKind.Claim, "tenant", [])] }],
            },
        };

        Assert.Equal(
            [
                "Rollout 'shop' looks at claims of callers (sticky claim:sub, segment claim:tenant, segment group), and nobody has any: no token is " +
                "accepted here. Say which are, under Authentication:Schemes:Bearer (docs/sticky.md).",
            ],
            PlanNeeds.Unmet(plan, Configuration()));
        Assert.Empty(PlanNeeds.Unmet(plan, Configuration(("Authentication:Schemes:Bearer:Authority", "https://login.example.com"))));
    }

    [Fact]
    public void A_flag_that_nobody_defined_is_told_with_those_that_are()
    {
        var plan = Plan with { Segment = new Segment { Always = [Flag("beta-user"), Flag("VIP"), Flag("beta-user")] } };

        Assert.Equal(
            [
                "Rollout 'shop' segment: there is no flag 'beta-user', so it is off for everybody. Defined are: beta-users, vip. Add it under " +
                "feature_management, or name one of these.",
            ],
            PlanNeeds.Unmet(plan, Configuration(("feature_management:feature_flags:0:id", "beta-users"), ("FeatureManagement:vip", "true"))));
    }

    [Fact]
    public void A_query_whose_provider_has_no_address_is_told_before_it_is_asked()
    {
        var plan = Plan with
        {
            Checks =
            [
                new IntervalCheck("lag", new CheckSource.Prometheus("queue_lag", "thanos", null, TimeSpan.FromSeconds(5)), new CheckCondition(null, 9)),
                new IntervalCheck("own", new CheckSource.Prometheus("x", "none", new Uri("http://a/"), TimeSpan.FromSeconds(5)), new CheckCondition(null, 9)),
            ],
        };

        Assert.Equal(
            [
                "Rollout 'shop' check 'lag': the provider 'thanos' has no address, so nobody can be asked. " +
                "Give one in the plan, or as Snapback:Providers:thanos:Address.",
            ],
            PlanNeeds.Unmet(plan, Configuration()));
        Assert.Empty(PlanNeeds.Unmet(plan, Configuration(("Snapback:Providers:Thanos:Address", "http://thanos:9090"))));
    }

    [Fact]
    public void A_plan_that_looks_at_neither_needs_nothing() => Assert.Empty(PlanNeeds.Unmet(Plan, Configuration()));

    [Fact]
    public async Task Whoever_puts_such_a_plan_reads_it_among_the_notes_and_the_log_says_it_at_the_next_start()
    {
        var directory = Directory.CreateTempSubdirectory("snapback-test-");
        try
        {
            var settings = new Settings
            {
                Urls = "http://127.0.0.1:0",
                AdminUrls = "http://127.0.0.1:0",
                DataDirectory = directory.FullName,
                Replica = "r1",
                Stable = ["http://127.0.0.1:1"],
                Canary = ["http://127.0.0.1:2"],
            };
            const string told = "there is no flag 'vip', so it is off for everybody";
            await using (var host = await SnapbackHost.StartAsync(settings, Configuration(), [], Serilog.Core.Logger.None))
            {
                using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false });
                using var answer = await client.PutAsync(
                    new Uri(host.AdminAddress + "/api/rollouts/shop"),
                    new StringContent("""
                        objectives: [ { metric: success-rate, min: 99% } ]
                        rollback: { authority: [ oncall ], deadline: 5m }
                        segment: { always: [ { flag: vip } ] }
                        """),
                    TestContext.Current.CancellationToken);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                Assert.Contains(
                    JsonElement.Parse(text).GetProperty("notes").EnumerateArray(),
                    note => note.GetString()!.Contains(told, StringComparison.Ordinal));
            }

            var log = new Kept();
            await using var logger = new LoggerConfiguration().WriteTo.Sink(log).CreateLogger();
            await using var again = await SnapbackHost.StartAsync(settings, Configuration(), [], logger);
            Assert.Contains(log.Lines, line => line.Contains(told, StringComparison.Ordinal));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static Condition Flag(string name) => new(ConditionKind.Flag, name, ImmutableArray<string>.Empty);

    private static IConfigurationRoot Configuration(params (string Key, string Value)[] values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.ToDictionary(value => value.Key, value => (string?)value.Value)).Build();

    private sealed class Kept : ILogEventSink
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public void Emit(LogEvent logEvent) => Lines.Enqueue(logEvent.RenderMessage(System.Globalization.CultureInfo.InvariantCulture));
    }
}
