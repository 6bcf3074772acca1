using System.Globalization;
using Snapback.Control.Rollouts;
using Snapback.Control.Telemetry;
using Snapback.Control.Tests.Rollouts;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Telemetry;

public sealed class RolloutMetricsTests
{
    private static readonly BurnRate Burn = new(0.005, [new(TimeSpan.FromHours(1), TimeSpan.FromMinutes(5), 14.4, null, OnlyNotifies: false)], 10);
    private readonly LiveRig _rig = LiveRig.Started();
    private readonly RolloutBoard _board = new();
    private readonly RolloutMetrics _metrics;
    private bool _storeIsUp = true;

    public RolloutMetricsTests()
    {
        _board.Put(_rig.Live);
        _metrics = new RolloutMetrics(_board, _rig.Switches, () => _storeIsUp);
    }

    [Fact]
    public async Task Requests_are_counted_by_rollout_arm_code_status_and_method()
    {
        Count(Arm.Canary, "GET", 200, 3);
        Count(Arm.Canary, "GET", 503, 2);
        Count(Arm.Stable, "POST", 201, 1);
        var text = await Scrape.OfAsync(_metrics);
        Assert.Contains(
            """http_requests_total{rollout="shop",arm="canary",code="200",status="200",method="GET"} 3""",
            text,
            StringComparison.Ordinal);
        Assert.Contains(
            """http_requests_total{rollout="shop",arm="canary",code="503",status="503",method="GET"} 2""",
            text,
            StringComparison.Ordinal);
        Assert.Contains(
            """http_requests_total{rollout="shop",arm="stable",code="201",status="201",method="POST"} 1""",
            text,
            StringComparison.Ordinal);
        // And a failure of each arm from the start, so that a share of failures is 0 and not nothing.
        Assert.Equal(
            2,
            Lines(text, "http_requests_total{").Count(line => line.EndsWith("""code="500",status="500",method="GET"} 0""", StringComparison.Ordinal)));
        Assert.Equal(5, Lines(text, "http_requests_total{").Length);
    }

    [Fact]
    public async Task What_an_alert_asks_for_is_0_before_it_is_1()
    {
        var text = await Scrape.OfAsync(_metrics);
        foreach (var series in (string[])[
            """snapback_rollbacks_total{rollout="shop",trigger="success-rate",authority="judge"} 0""",
            """snapback_rollbacks_total{rollout="shop",trigger="relative",authority="judge"} 0""",
            """snapback_rollbacks_total{rollout="shop",trigger="unavailable",authority="judge"} 0""",
            """snapback_rollbacks_total{rollout="shop",trigger="operator",authority="operator"} 0""",
            """snapback_rollback_victims_total{rollout="shop"} 0""",
            """snapback_rollback_deadline_missed_total{rollout="shop"} 0""",
            """snapback_replicas{rollout="shop"} 1"""])
        {
            Assert.Contains(series, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Everything_that_a_plan_lets_roll_back_is_0_before_it_is_1_and_a_new_plan_brings_its_own()
    {
        await Scrape.OfAsync(_metrics);
        _rig.RollBack();
        var hook = new Hook("smoke", HookPoint.Step, new Uri("http://smoke/run"), Hook.DefaultTimeout);
        var plan = _rig.Plan with
        {
            Steps = [Samples.Five with { Approval = new ApprovalTerms([]) }, Samples.Bake],
            Objectives = [Samples.Success, Samples.P95],
            Judge = JudgeTerms.Default with { MaxLatencyRatioToStable = 3, ConsecutiveFailures = 3 },
            Gates = GateTerms.Default with { OnNoData = NoData.Rollback },
            Hooks = [hook],
        };
        _rig.Live.Replace(plan, _rig.Live.Status);
        var text = await Scrape.OfAsync(_metrics);
        foreach (var (trigger, authority) in ((string, string)[])[
            ("undo", "operator"), ("approval", "operator"), ("hook:smoke", "hook"), ("p95", "judge"), ("no-data", "judge"),
            ("shared-failure", "judge"), ("harm-cap", "judge"), ("relative-latency", "judge"), ("consecutive-failures", "judge")])
        {
            var series = $$"""snapback_rollbacks_total{rollout="shop",trigger="{{trigger}}",authority="{{authority}}"} 0""";
            Assert.Contains(series, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Of_a_fleet_the_number_is_the_fleets()
    {
        _metrics.Replicas("shop", 3);
        Assert.Contains("""snapback_replicas{rollout="shop"} 3""", await Scrape.OfAsync(_metrics), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scraping_again_doubles_nothing()
    {
        Count(Arm.Canary, "GET", 200, 5);
        var first = await Scrape.OfAsync(_metrics);
        Assert.Equal(first, await Scrape.OfAsync(_metrics));
        Assert.Equal(5, Value(first, """http_request_duration_seconds_count{rollout="shop",arm="canary"}"""));
        Count(Arm.Canary, "GET", 200, 2);
        await Scrape.OfAsync(_metrics);
        var third = await Scrape.OfAsync(_metrics);
        Assert.Equal(7, Value(third, """http_request_duration_seconds_count{rollout="shop",arm="canary"}"""));
        Assert.Equal(7, Value(third, """http_requests_total{rollout="shop",arm="canary",code="200",status="200",method="GET"}"""));
    }

    [Fact]
    public async Task A_duration_falls_into_its_bucket()
    {
        _rig.Live.CanaryTraffic.Count("GET", 200, TimeSpan.FromMilliseconds(30));
        _rig.Live.CanaryTraffic.Count("GET", 200, TimeSpan.FromMilliseconds(700));
        var text = await Scrape.OfAsync(_metrics);
        const string bucket = "http_request_duration_seconds_bucket{rollout=\"shop\",arm=\"canary\",le=";
        Assert.Equal(
            (0, 1, 1, 2),
            (Value(text, bucket + "\"0.025\"}"), Value(text, bucket + "\"0.05\"}"), Value(text, bucket + "\"0.5\"}"), Value(text, bucket + "\"0.75\"}")));
        Assert.InRange(Value(text, """http_request_duration_seconds_sum{rollout="shop",arm="canary"}"""), 0.727, 0.733);
    }

    [Fact]
    public async Task A_hundred_thousand_methods_and_status_codes_make_no_more_series_than_the_bound()
    {
        await Task.WhenAll(Enumerable.Range(0, 2).Select(worker => Task.Run(() =>
        {
            for (var i = 0; i < 50_000; i++)
            {
                _rig.Live.CanaryTraffic.Count($"M{i}x{worker}", (i * 2) + worker, TimeSpan.Zero);
                _rig.Live.CanaryTraffic.Count(i % 2 == 0 ? "get" : "GET", 200, TimeSpan.Zero);
            }
        })));
        var text = await Scrape.OfAsync(_metrics);
        var series = Lines(text, "http_requests_total{");
        Assert.InRange(series.Length, 64, 65 * ArmTraffic.Methods.Length);
        Assert.Equal(200_000, series.Sum(line => Value(line, line[..line.LastIndexOf(' ')])));
        Assert.All(series, line => Assert.Contains(ArmTraffic.Methods, method => line.Contains($"method=\"{method}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task The_state_of_the_rollout_shows()
    {
        _rig.Generation.Pick(0);
        _rig.Serve(Snapback.Control.Analysis.Outcome.Failure);
        _rig.Switches.AutoAdvance = false;
        _storeIsUp = false;
        var text = await Scrape.OfAsync(_metrics);
        Assert.Equal(0.05, Value(text, """snapback_weight_ratio{rollout="shop"}"""));
        Assert.Equal(1, Value(text, """snapback_generation{rollout="shop"}"""));
        Assert.Equal(1, Value(text, """snapback_phase{rollout="shop",phase="Progressing"}"""));
        Assert.Equal(1, Lines(text, "snapback_phase{").Sum(line => Value(line, line[..line.LastIndexOf(' ')])));
        Assert.Equal(1, Value(text, """snapback_in_flight{rollout="shop",arm="canary"}"""));
        Assert.InRange(Value(text, """snapback_evidence{rollout="shop",objective="success-rate"}"""), 0.01, 0.99);
        Assert.Equal((0, 1), (Value(text, """snapback_switch{switch="auto-advance"}"""), Value(text, """snapback_switch{switch="auto-rollback"}""")));
        Assert.Equal(0, Value(text, "snapback_store_up"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_outlives_its_generation_is_in_flight_with_the_cluster_that_it_is_with(bool promotes)
    {
        async Task<(double Stable, double Canary)> InFlightAsync()
        {
            var text = await Scrape.OfAsync(_metrics);
            return (
                Value(text, """snapback_in_flight{rollout="shop",arm="stable"}"""),
                Value(text, """snapback_in_flight{rollout="shop",arm="canary"}"""));
        }

        var first = _rig.Generation;
        Pick[] streams = [first.Pick(0), first.Pick(0), first.Pick(9_999)];
        Assert.Equal((1, 2), await InFlightAsync());
        if (promotes)
        {
            _rig.Do(new RolloutCommand.Promote("ann", null));
        }
        else
        {
            _rig.RollBack();
        }

        _rig.Do(Samples.Start("v2"));
        Assert.NotSame(first, _rig.Generation);
        Assert.Equal(promotes ? (2, 1) : (1, 2), await InFlightAsync());
        _rig.RollBack();
        _rig.Do(Samples.Start("v3"));
        Assert.Equal(promotes ? (2, 1) : (1, 2), await InFlightAsync());
        Array.ForEach(streams, pick => first.Leave(pick.Arm));
        Assert.Equal((0, 0), await InFlightAsync());
    }

    [Fact]
    public async Task A_rollout_that_was_deleted_leaves_no_state_behind()
    {
        await Scrape.OfAsync(_metrics);
        _board.Remove("shop");
        Assert.Empty(Lines(await Scrape.OfAsync(_metrics), "snapback_phase{"));

        // The beat that tells this replica of it, which a scrape may precede.
        _metrics.Replicas("shop", 0);
        Assert.Empty(Lines(await Scrape.OfAsync(_metrics), "snapback_replicas{"));
    }

    [Fact]
    public async Task A_new_plan_leaves_no_figure_of_what_it_does_not_limit_any_more()
    {
        var rig = LiveRig.Started(Samples.Plan with { Name = "cart", Objectives = [Samples.Success, Samples.P95], BurnRate = Burn });
        rig.Generation.BurnRates = new BurnWatch(Burn).Figures;
        _board.Put(rig.Live);
        var before = await Scrape.OfAsync(_metrics);
        Assert.Equal(2, Lines(before, """snapback_evidence{rollout="cart",objective=""").Count(IsOfObjective));
        Assert.Equal(4, Lines(before, """snapback_burn_rate{rollout="cart",""").Length);
        rig.RollBack();
        rig.Live.Replace(rig.Plan with { Objectives = [Samples.Success], BurnRate = null }, rig.Live.Status);
        rig.Do(Samples.Start("v2"));
        var text = await Scrape.OfAsync(_metrics);
        Assert.Single(Lines(text, """snapback_evidence{rollout="cart",objective="""), IsOfObjective);
        Assert.Empty(Lines(text, """snapback_burn_rate{rollout="cart","""));
    }

    [Fact]
    public async Task What_deleted_rollouts_counted_stays_for_the_newest_of_them_only()
    {
        // Rolled back and deleted between two scrapes.
        var oldest = LiveRig.Started(Samples.Plan with { Name = "oldest" }).RollBack()!;
        _metrics.RolledBack(oldest, oldest.Rollback!);
        for (var i = 0; i <= RolloutMetrics.DeletedKept; i++)
        {
            var live = LiveRig.Started(Samples.Plan with { Name = $"r{i}" }).Live;
            _board.Put(live);
            await Scrape.OfAsync(_metrics);
            _board.Remove(live.Name);
        }

        var text = await Scrape.OfAsync(_metrics);
        Assert.All(["shop", "r1"], name => Assert.Contains($"\"{name}\"", text, StringComparison.Ordinal));
        Assert.All(["oldest", "r0"], name => Assert.DoesNotContain($"\"{name}\"", text, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_rollout_that_was_made_again_goes_on_counting()
    {
        Count(Arm.Canary, "GET", 200, 5);
        await Scrape.OfAsync(_metrics);
        var again = LiveRig.Started();
        _board.Put(again.Live);
        again.Live.CanaryTraffic.Count("GET", 200, TimeSpan.Zero);
        var text = await Scrape.OfAsync(_metrics);
        Assert.Equal(6, Value(text, """http_request_duration_seconds_count{rollout="shop",arm="canary"}"""));
        Assert.Equal(6, Value(text, """http_requests_total{rollout="shop",arm="canary",code="200",status="200",method="GET"}"""));
    }

    private static bool IsOfObjective(string line) => !line.Contains("\"relative", StringComparison.Ordinal);

    private static string[] Lines(string text, string start) => [.. text.Split('\n').Where(line => line.StartsWith(start, StringComparison.Ordinal))];

    private static double Value(string text, string series) =>
        double.Parse(Assert.Single(Lines(text, series + " "))[(series.Length + 1)..], CultureInfo.InvariantCulture);

    private void Count(Arm arm, string method, int status, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _rig.Live.Traffic(arm).Count(method, status, TimeSpan.FromMilliseconds(10 * i));
        }
    }
}
