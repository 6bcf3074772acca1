using System.Text;
using System.Text.Json;
using Snapback.Control.Tests.Sharing;
using Xunit;

namespace Snapback.Control.Tests.Admin;

/// <summary>What a body says wrongly, or does not end: told in sentences, and no reason to put off a rollback.</summary>
public sealed class RequestBodyTests
{
    [Fact]
    public async Task Everything_wrong_in_a_body_is_named_at_once()
    {
        await using var rig = await AdminRig.StartAsync();
        var answer = await rig.SendAsync(
            "PUT", "/api/rollouts/shop/weight", """{"wieght":5,"Weight":6,"weight":101,"by":"","reason":7,"version":"a\nb"}""");
        var errors = answer.Json.GetProperty("errors").EnumerateArray().Select(error => error.GetString()!).ToArray();
        Assert.Equal(400, answer.Code);
        Assert.Equal(["wieght", "Weight", "weight", "by", "reason", "version"], errors.Select(error => error.Split('\'')[1]));
        Assert.Equal("6 things are wrong.", answer.Detail);
        Assert.Equal(
            ["'by' is ''; it must be", "'reason' is 7; it must be", "'version' is 'a?b'; it must be"],
            errors[3..].Select(error => error[..(error.IndexOf("must be", StringComparison.Ordinal) + 7)]));
        Assert.All(errors[3..], error => Assert.EndsWith(" a text of 1 to 1000 printable characters.", error, StringComparison.Ordinal));
        Assert.Contains(
            $"'version' is '{new string('a', 40)}…'; it",
            (await rig.PostAsync("start", $$"""{"version":"{{new string('a', 1001)}}"}""")).Detail,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"'weight' is {new string('9', 40)}…; it must be a number",
            (await rig.SendAsync("PUT", "/api/rollouts/shop/weight", $$"""{"weight":{{new string('9', 1001)}}}""")).Detail,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("start", """{"version":"v1","weight":50}""", "'weight' is not known here; known are by, reason, version.")]
    [InlineData("retry", """{"version":"v2","reason":"fixed"}""", "'version' is not known here; known are by, reason.")]
    [InlineData("pause", """{"expires":"4h"}""", "'expires' is not known here; known are by, reason.")]
    [InlineData("approve", """{"by":"ann","version":"v1"}""", "'version' is not known here; known are by, reason, expires.")]
    [InlineData("undo", """{"version":"v1"}""", "'version' is not known here; known are by, reason.")]
    public async Task A_key_that_another_command_takes_is_a_mistake_since_this_one_would_pass_over_it(string verb, string body, string sentence)
    {
        await using var rig = await AdminRig.StartAsync();
        var answer = await rig.PostAsync(verb, body);
        Assert.Equal((400, sentence), (answer.Code, answer.Detail));
    }

    [Fact]
    public async Task A_reason_of_many_lines_or_too_many_letters_is_kept_as_one_line()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1","reason":"pasted\nfrom a \u001b[31mlog"}""");
        await rig.PostAsync("rollback", $$"""{"reason":"{{new string('a', 1001)}}"}""");
        await rig.SendAsync("PUT", "/api/rollouts/shop?reason=two%0Alines&by=a%09b", AdminRig.Plan.Replace("99.5%", "98%", StringComparison.Ordinal));

        var lines = (await rig.SendAsync("GET", "/api/rollouts/shop/history")).Json.EnumerateArray().ToArray();

        Assert.Equal(
            ["two lines", new string('a', 999) + "…", "pasted from a  [31mlog"],
            lines[..3].Select(line => line.GetProperty("reason").GetString()));
        Assert.Equal("a b", lines[0].GetProperty("by").GetString());
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("null")]
    [InlineData("{\"reason\":\"a\"")]
    [InlineData("{\"reason\":\"\\ud800\"}")]
    [InlineData("{\"\\ud800\":1}")]
    public async Task A_body_that_makes_no_sense_is_refused_but_keeps_nobody_from_rolling_back(string body)
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1"}""");
        Assert.Equal(400, (await rig.PostAsync("pause", body)).Code);
        Assert.Equal("Progressing", (await rig.GetAsync()).Phase);
        await rig.PostAsync("rollback", body);
        Assert.Equal("RolledBack", (await rig.GetAsync()).Phase);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{\"arm\":\"\\ud800\"}")]
    [InlineData("{\"arms\":\"canary\"}")]
    public async Task A_body_that_asks_for_no_override_is_refused_in_a_sentence(string body)
    {
        await using var rig = await AdminRig.StartAsync();
        var refused = await rig.PostAsync("override", body);
        Assert.Equal(400, refused.Code);
        Assert.StartsWith("The body", refused.Detail, StringComparison.Ordinal);
    }

    /// <summary>A version with a question mark in it is another version, and a plan's flag another flag.</summary>
    [Fact]
    public async Task A_body_that_is_not_UTF_8_is_refused_but_keeps_nobody_from_rolling_back()
    {
        await using var rig = await AdminRig.StartAsync();
        const string refusal = "The body is not UTF-8. Send it as UTF-8.";
        var plan = AdminRig.Plan.Replace("oncall", "ann-zoë", StringComparison.Ordinal);
        Assert.Equal((400, refusal), await SendAsync(HttpMethod.Put, "", plan));
        Assert.Equal((400, refusal), await SendAsync(HttpMethod.Post, "/start", """{"version":"größe"}"""));
        Assert.Equal((400, refusal), await SendAsync(HttpMethod.Post, "/override", """{"by":"zoë"}"""));
        await rig.PostAsync("start", """{"version":"v1"}""");
        Assert.Equal((200, null), await SendAsync(HttpMethod.Post, "/rollback", """{"reason":"zoë says so"}"""));
        Assert.Equal("RolledBack", (await rig.GetAsync()).Phase);

        async Task<(int Code, string? Detail)> SendAsync(HttpMethod method, string under, string body)
        {
            using var request = new HttpRequestMessage(method, "/api/rollouts/shop" + under) { Content = new ByteArrayContent(Encoding.Latin1.GetBytes(body)) };
            using var answer = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
            using var json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            return ((int)answer.StatusCode, json.RootElement.TryGetProperty("detail", out var detail) ? detail.GetString() : null);
        }
    }

    [Theory]
    [InlineData("""{"foo":1}""", "The body's 'foo' is not known here, or no text.")]
    [InlineData("""{"by":7}""", "The body's 'by' is not known here, or no text.")]
    [InlineData("7", "The body is no JSON object.")]
    [InlineData("""{"by":"ann\nforged line"}""", "'by' is 'ann?forged line'; it must be a text of 1 to 1000 printable characters.")]
    public async Task What_is_wrong_with_an_override_is_said_in_the_operators_words(string body, string said)
    {
        await using var rig = await AdminRig.StartAsync();
        var refused = await rig.PostAsync("override", body);
        Assert.Equal(400, refused.Code);
        Assert.StartsWith(said, refused.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain("Snapback.Control", refused.Detail, StringComparison.Ordinal);
    }

    /// <summary>U+202E shows what follows it from right to left: "v1" could be read where "1v" was started.</summary>
    [Fact]
    public async Task What_turns_the_direction_of_a_line_stands_in_no_version_and_in_no_name_and_is_a_blank_in_a_reason()
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(
            "'version' is 'v?1'; it must be a text of 1 to 1000 printable characters.",
            (await rig.PostAsync("start", """{"version":"v\u202e1"}""")).Detail);
        Assert.Equal(400, (await rig.PostAsync("start", """{"version":"v1","by":"a\u2066nn"}""")).Code);
        await rig.PostAsync("start", """{"version":"größe-🚀"}""");
        var answer = await rig.PostAsync("rollback", """{"reason":"it \u202esmells 🚀"}""");
        Assert.Equal(("RolledBack", "größe-🚀"), (answer.Phase, answer.Json.GetProperty("version").GetString()));
        Assert.Equal("it  smells 🚀", answer.Json.GetProperty("reason").GetString());
    }

    [Fact]
    public async Task Blanks_around_a_version_make_no_other_of_it()
    {
        await using var rig = await AdminRig.StartAsync();
        Assert.Equal(400, (await rig.PostAsync("start", """{"version":"  "}""")).Code);
        await rig.PostAsync("start", """{"version":" v1 "}""");
        Assert.Equal("v1", (await rig.PostAsync("rollback", "")).Json.GetProperty("version").GetString());
        Assert.Equal(409, (await rig.PostAsync("start", """{"version":"v1 "}""")).Code);
    }

    [Fact]
    public async Task A_body_that_is_too_long_keeps_nobody_from_rolling_back()
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1"}""");
        await rig.PostAsync("rollback", $$"""{"reason":"{{new string('x', 100_000)}}"}""");
        Assert.Equal("RolledBack", (await rig.GetAsync()).Phase);
    }

    /// <summary>A page that was closed on the click, a script with a time-out of its own, a tunnel that broke.</summary>
    [Theory]
    [InlineData("{\"reason\":\"it smells\"}")]
    [InlineData("{\"reason\":\"it sm")]
    public async Task Whoever_leaves_before_the_answer_has_rolled_back(string sent)
    {
        await using var rig = await AdminRig.StartAsync();
        await rig.PostAsync("start", """{"version":"v1"}""");
        using (var caller = new System.Net.Sockets.TcpClient("127.0.0.1", rig.Client.BaseAddress!.Port))
        {
            await caller.GetStream().WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /api/rollouts/shop/rollback HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 22\r\n\r\n{sent}"),
                TestContext.Current.CancellationToken);
        }

        await Eventually.HoldsAsync(async () => (await rig.GetAsync()).Phase == "RolledBack", "it is rolled back");
    }
}
