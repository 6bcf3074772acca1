using System.Text.Json;
using Xunit;

namespace Snapback.Control.Tests.Admin;

/// <summary>The HTTP API over a real socket and a real store: paths, answers, tags and what the store refuses.</summary>
public sealed class AdminApiTests
{
    [Fact]
    public async Task Every_endpoint_answers_with_its_code()
    {
        await using var rig = await AdminRig.StartAsync();
        foreach (var (method, path, body, code) in new[]
        {
            ("GET", "", "", 200),
            ("GET", "/shop", "", 200),
            ("GET", "/nope", "", 404),
            ("GET", "/shop/weight", "", 200),
            ("GET", "/nope/weight", "", 404),
            ("GET", "/shop/evidence", "", 200),
            ("GET", "/nope/evidence", "", 404),
            ("GET", "/shop/history", "", 200),
            ("GET", "/nope/history", "", 404),
            ("PUT", "/shop", "name: shop", 400),
            ("PUT", "/other", AdminRig.Plan, 400),
            ("POST", "/shop/advance", "", 409),
            ("POST", "/shop/retry", "{\"reason\":\"r\"}", 409),
            ("POST", "/shop/start", "", 400),
            ("POST", "/nope/start", "{\"version\":\"v1\"}", 404),
            ("POST", "/shop/start", "{\"version\":\"v1\",\"by\":\"ann\",\"reason\":\"friday\"}", 200),
            ("POST", "/shop/start", "{\"version\":\"v2\"}", 409),
            ("DELETE", "/shop", "", 409),
            ("PUT", "/shop/weight", "", 400),
            ("PUT", "/shop/weight", "{\"weight\":12.5}", 200),
            ("PUT", "/shop/weight", "{\"weight\":100.01}", 400),
            ("PUT", "/shop/weight", "{\"weight\":1.001}", 400),
            ("PUT", "/shop/weight", "{\"weight\":\"5\"}", 400),
            ("POST", "/shop/pause", "", 200),
            ("POST", "/shop/pause", "", 409),
            ("POST", "/shop/resume", "", 200),
            ("POST", "/shop/advance", "", 200),
            ("POST", "/shop/promote", "", 200),
            ("POST", "/shop/rollback", "", 200),
            ("POST", "/shop/rollback", "", 200),
            ("POST", "/nope/rollback", "", 404),
            ("POST", "/shop/retry", "", 409),
            ("POST", "/shop/retry", "{\"reason\":\"fixed\"}", 200),
            ("POST", "/shop/rollback", "no json", 200),
            ("DELETE", "/shop", "", 204),
            ("DELETE", "/shop", "", 404),
            ("POST", "/shop/nothing", "", 404),
            ("POST", "/shop", "", 405),
            ("GET", "/shop/rollback", "", 405),
            ("DELETE", "", "", 405),
        })
        {
            var answer = await rig.SendAsync(method, "/api/rollouts" + path, body);
            Assert.True(answer.Code == code, $"{method} {path} {body}: {answer.Code} {answer.Text}");
            Assert.Equal(code is 204 ? null : code < 400 ? "application/json" : "application/problem+json", answer.Type);
        }
    }

    [Fact]
    public async Task A_problem_has_a_type_a_title_its_status_and_one_sentence()
    {
        await using var rig = await AdminRig.StartAsync();
        var problem = (await rig.PostAsync("pause")).Json;
        Assert.Equal("urn:snapback:refused", problem.GetProperty("type").GetString());
        Assert.Equal(("Refused", 409), (problem.GetProperty("title").GetString(), problem.GetProperty("status").GetInt32()));
        Assert.Equal("Rollout 'shop' is Idle: no generation is open. Start one with a version.", problem.GetProperty("detail").GetString());
        var unreadable = (await rig.PostAsync("start", "{version")).Detail!;
        Assert.Matches("^The body is no JSON: .*Send an object such as", unreadable);
        Assert.DoesNotContain("LineNumber", unreadable, StringComparison.Ordinal);
        Assert.Equal(404, (await rig.GetAsync("/else")).Code);
    }

    [Theory]
    [InlineData("GET", "")]
    [InlineData("GET", "/weight")]
    [InlineData("GET", "/plan")]
    [InlineData("GET", "/outcomes")]
    [InlineData("POST", "/pause")]
    [InlineData("POST", "/rollback")]
    [InlineData("POST", "/override")]
    [InlineData("DELETE", "")]
    public async Task Whoever_asks_for_a_rollout_that_is_not_there_is_told_which_there_are(string method, string what)
    {
        await using var rig = await AdminRig.StartAsync();
        var answer = await rig.SendAsync(method, "/api/rollouts/shpo" + what);
        Assert.Equal((404, "There is no rollout 'shpo'. Name one of these: shop."), (answer.Code, answer.Detail));
    }

    [Fact]
    public async Task A_stream_of_a_rollout_that_is_not_there_tells_it_too()
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal("There is no rollout 'shpo'. Name one of these: shop.", (await rig.GetAsync("/api/events?rollout=shpo")).Detail);
    }

    [Theory]
    [InlineData("PATCH", "/api/rollouts/shop", "DELETE, GET, PUT")]
    [InlineData("GET", "/api/rollouts/shop/rollback", "POST")]
    [InlineData("PUT", "/api/flags", "GET")]
    public async Task A_method_that_a_path_does_not_take_is_told_with_those_it_takes(string method, string path, string taken)
    {
        await using var rig = await AdminRig.StartAsync();
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "Idempotency-Key", "k" } } };
        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        var problem = JsonElement.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));

        Assert.Equal(taken.Split(", "), response.Content.Headers.Allow.Order(StringComparer.Ordinal));
        Assert.Equal((405, "urn:snapback:method-not-allowed"), (problem.GetProperty("status").GetInt32(), problem.GetProperty("type").GetString()));
        Assert.StartsWith($"{path} does not take {method}. Use ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("a token", "-H \"Authorization: Bearer $SNAPBACK_TOKEN\" ")]
    public async Task The_commands_on_the_plans_page_go_where_it_was_asked_at_with_a_token_if_it_wants_one(string? token, string sent)
    {
        await using var rig = await AdminRig.StartAsync(token);
        var admin = rig.Client.BaseAddress!.ToString().TrimEnd('/');
        var page = (await rig.GetAsync("/api/rollouts/shop/plan")).Text;
        Assert.Contains($"`snapback rollback shop --admin {admin} --reason", page, StringComparison.Ordinal);
        Assert.Contains($"`snapback drill shop --admin {admin}`", page, StringComparison.Ordinal);
        Assert.Contains($"`curl -X POST {sent}{admin}/api/rollouts/shop/rollback`", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whoever_gives_a_plan_is_told_what_became_of_it_whatever_the_status_says_of_before()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", "{\"version\":\"v1\"}");
        await rig.PostAsync("rollback");
        List<string> told = [];
        foreach (var plan in new[] { AdminRig.Plan, AdminRig.Plan.Replace("{\"name\"", "{\"owner\":\"team-shop\",\"name\"", StringComparison.Ordinal) })
        {
            var answer = (await rig.SendAsync("PUT", "/api/rollouts/shop", plan)).Json;
            told.Add($"{answer.GetProperty("phase")}: {answer.GetProperty("what")}");
        }

        Assert.Equal(["RolledBack: The plan is the one that holds: nothing changed.", "RolledBack: The plan was replaced."], told);
    }

    [Fact]
    public async Task A_status_has_every_field_of_the_contract()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1"}""");
        var status = (await rig.GetAsync()).Json;
        string[] fields =
        [
            "name", "phase", "weight", "step", "steps", "generation", "revision", "version", "stableVersion", "since", "nextGate",
            "arms", "verdict", "rollback", "plan"
        ];
        Assert.All(fields, field => Assert.True(status.TryGetProperty(field, out _), field));
        string[] figures = ["requests", "failures", "slow", "neutral", "inFlight", "successRate", "p50Ms", "p95Ms", "p99Ms"];
        Assert.All(
            figures,
            figure =>
                Assert.Equal(
                    JsonValueKind.Number, status.GetProperty("arms").GetProperty("canary").GetProperty(figure).ValueKind));
        Assert.Equal(
            (5m, 1, 4),
            (status.GetProperty("weight").GetDecimal(), status.GetProperty("step").GetInt32(), status.GetProperty("steps").GetInt32()));
        Assert.Equal("5%", status.GetProperty("plan").GetProperty("steps")[0].GetProperty("weight").GetString());

        var rolledBack = (await rig.PostAsync("rollback", """{"by":"ann","reason":"it smells"}""")).Json.GetProperty("rollback");
        string[] record =
        [
            "trigger", "explanation", "observed", "limit", "requests", "failures", "authority", "by", "replica", "at",
            "decisionMicros", "canaryAfterDecision", "inFlightAtDecision", "victims", "deadlineMs", "tookMs"
        ];
        Assert.All(record, field => Assert.True(rolledBack.TryGetProperty(field, out _), field));
        Assert.Equal(("operator", "ann", "it smells", "r1"), (Text("authority"), Text("by"), Text("reason"), Text("replica")));

        string? Text(string field) => rolledBack.GetProperty(field).GetString();
    }

    [Fact]
    public async Task The_tag_is_the_view_and_an_old_one_is_told_what_holds_now()
    {
        await using var rig = await AdminRig.StartAsync();
        var planned = (await rig.GetAsync()).Tag!;
        Assert.Equal("\"1.1\"", (await rig.PostAsync("start", """{"version":"v1"}""", ("If-Match", planned))).Tag);
        var stale = await rig.PostAsync("advance", "", ("If-Match", planned));
        Assert.Equal((412, "Progressing"), (stale.Code, stale.Json.GetProperty("status_now").GetProperty("phase").GetString()));
        Assert.Equal(412, (await rig.SendAsync("PUT", "/api/rollouts/shop", AdminRig.Plan, ("If-Match", "\"9.9\""))).Code);
        Assert.Equal(412, (await rig.SendAsync("DELETE", "/api/rollouts/shop", "", ("If-Match", "\"9.9\""))).Code);
        Assert.Equal(412, (await rig.PostAsync("advance", "", ("If-Match", "\"1.0\", \"1.9\""))).Code);
        Assert.Equal("\"1.2\"", (await rig.PostAsync("advance", "", ("If-Match", "*"))).Tag);
        Assert.Equal("\"1.3\"", (await rig.PostAsync("pause", "", ("If-Match", "\"1.1\", \"1.2\""))).Tag);
        Assert.Equal("\"1.4\"", (await rig.PostAsync("resume")).Tag);
        Assert.Equal("\"1.4\"", (await rig.GetAsync()).Tag);
        Assert.Equal(200, (await rig.PostAsync("rollback", "", ("If-Match", "\"0.0\""))).Code);
        await rig.PostAsync("retry", """{"reason":"fixed"}""");
        var promoted = (await rig.PostAsync("promote")).Tag!;
        Assert.Equal(412, (await rig.PostAsync("undo", "", ("If-Match", "\"1.2\""))).Code);
        Assert.Equal("Promoted", (await rig.GetAsync()).Phase);
        Assert.Equal(200, (await rig.PostAsync("undo", "", ("If-Match", promoted))).Code);
    }

    [Fact]
    public async Task An_approval_names_a_person_a_reason_and_a_time_and_is_refused_where_none_is_asked_for()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.SendAsync(
            "PUT",
            "/api/rollouts/shop",
            AdminRig.Plan[..^1] + ""","steps":[{"weight":"5%","approval":true},{"weight":"50%","hold":"1h"}]}""");
        await rig.PostAsync("start", """{"version":"v1"}""");
        Assert.Equal(
            (400, "'by' is missing; an approval is a person's: send {\"by\": \"ann\", \"reason\": \"…\"}."),
            Of(await rig.PostAsync("approve", """{"reason":"fine"}""")));
        Assert.Equal(
            (400, "'expires' is '4'; it must be a duration such as 30m or 4h, at most 480h."),
            Of(await rig.PostAsync("approve", """{"by":"ann","reason":"fine","expires":"4"}""")));
        Assert.Equal(409, (await rig.PostAsync("approve", """{"by":"ann"}""")).Code);
        Assert.Equal(409, (await rig.PostAsync("reject", """{"by":"ann"}""")).Code);
        var approval = (await rig.PostAsync("approve", """{"by":"ann","reason":"fine","expires":"4h"}""")).Json.GetProperty("approval");
        Assert.Equal(("ann", "fine"), (approval.GetProperty("by").GetString(), approval.GetProperty("reason").GetString()));
        Assert.Equal(TimeSpan.FromHours(4), approval.GetProperty("expires").GetDateTimeOffset() - approval.GetProperty("at").GetDateTimeOffset());

        Assert.Equal(200, (await rig.PostAsync("advance")).Code);
        Assert.Equal(409, (await rig.PostAsync("approve", """{"by":"ann","reason":"fine"}""")).Code);
        Assert.Equal(
            (409, "Rollout 'shop' is Progressing at 50% and asks for no approval; roll it back instead."),
            Of(await rig.PostAsync("reject", """{"by":"ann","reason":"bad"}""")));
        await rig.PostAsync("rollback");
        Assert.Equal(
            (409, "Rollout 'shop' is RolledBack: no generation is open, and nothing waits for an approval."),
            Of(await rig.PostAsync("reject", """{"by":"ann","reason":"bad"}""")));

        static (int, string) Of(Answer answer) => (answer.Code, answer.Detail);
    }

    [Fact]
    public async Task What_the_store_cannot_take_is_503_and_nothing_moved()
    {
        await using var rig = await AdminRig.StartAsync(breakable: true);
        var answer = await rig.PostAsync("start", """{"version":"v1","reason":"unwritable"}""");
        Assert.Equal((503, "Store unavailable"), (answer.Code, answer.Json.GetProperty("title").GetString()));
        Assert.EndsWith("Nothing moved.", answer.Detail, StringComparison.Ordinal);
        Assert.Equal("Idle", (await rig.GetAsync()).Phase);
        await rig.PostAsync("start", """{"version":"v1"}""");
        Assert.Equal(
            (200, "RolledBack"),
            (await rig.PostAsync("rollback", """{"reason":"unwritable"}""") is var rolledBack ? (rolledBack.Code, rolledBack.Phase) : default));
    }

    [Fact]
    public async Task A_deletion_that_would_move_traffic_says_whose_also_where_nobody_named_it()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.SendAsync("PUT", "/api/rollouts/shop/weight", """{"weight":5}""");
        var refused = await rig.SendAsync("DELETE", "/api/rollouts/shop");
        Assert.Contains("and an unnamed version is served by cluster 'shop-canary'", refused.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_that_got_shorter_after_the_end_can_still_be_looked_at()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1"}""");
        await rig.PostAsync("advance");
        await rig.PostAsync("rollback");
        var shorter = AdminRig.Plan.Replace(
            "\"objectives\"", "\"steps\":[{\"weight\":\"100%\",\"bake\":\"1m\"}],\"objectives\"", StringComparison.Ordinal);
        Assert.Equal(200, (await rig.SendAsync("PUT", "/api/rollouts/shop", shorter)).Code);
        Assert.Equal(200, (await rig.GetAsync()).Code);
    }

    [Fact]
    public async Task History_says_what_who_and_why_newest_first()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1","by":"ann","reason":"friday"}""");
        await rig.PostAsync("pause", """{"by":"ben"}""");
        var lines = (await rig.GetAsync("/api/rollouts/shop/history")).Json.EnumerateArray().ToArray();
        Assert.Equal(["paused", "started", "planned"], lines.Select(line => line.GetProperty("kind").GetString()));
        Assert.Equal(["ben", "ann", "operator"], lines.Select(line => line.GetProperty("by").GetString()));
        Assert.Equal("Version 'v1' started at 5% (step 1 of 4).", lines[1].GetProperty("sentence").GetString());
    }
}
