using System.Collections.Immutable;
using Snapback.Control.Checks;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Hooks;
using Xunit;

namespace Snapback.Control.Tests.Checks;

public sealed class PrometheusQueryTests
{
    [Theory]
    [InlineData("""{"resultType":"scalar","result":[1,"3"]}""", "Good: is 3 (allowed: at most 5)")]
    [InlineData("""{"resultType":"vector","result":[{"metric":{},"value":[1,"7e0"]}]}""", "Bad: is 7 (allowed: at most 5)")]
    [InlineData("""{"resultType":"vector","result":[{"metric":{},"value":[1,"+Inf"]}]}""", "Bad: is Infinity (allowed: at most 5)")]
    [InlineData("""{"resultType":"vector","result":[{"metric":{},"value":[1,"NaN"]}]}""", "Nothing: has no value")]
    [InlineData("""{"resultType":"vector","result":[]}""", "Nothing: has no value")]
    public async Task A_sample_is_judged_by_the_limits(string data, string answer) =>
        Assert.Equal(answer, await AskAsync($$"""{"status":"success","data":{{data}}}"""));

    /// <summary>A provider's nonsense is the provider's: an exception would be told as a defect of Snapback.</summary>
    [Theory]
    [InlineData("[1]")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("7")]
    [InlineData("\"7\"")]
    [InlineData("{}")]
    [InlineData("[1,null]")]
    [InlineData("[1,7]")]
    [InlineData("[1,true]")]
    [InlineData("[1,\"\"]")]
    [InlineData("[1,\"seven\"]")]
    [InlineData("[1,\"1,5\"]")]
    [InlineData("[1,[\"7\"]]")]
    [InlineData("[1,\"\\ud800\"]")]
    public async Task A_sample_that_is_none_is_no_answer_of_Prometheus(string sample)
    {
        foreach (var data in (string[])
            [
                $$"""{"resultType":"scalar","result":{{sample}}}""",
                $$"""{"resultType":"vector","result":[{"metric":{},"value":{{sample}}}]}""",
                $$"""{"resultType":"vector","result":[{"metric":{{sample}},"value":[1]}]}""",
                $$"""{"resultType":"vector","result":[{{sample}}]}""",
            ])
        {
            Assert.Equal(
                "Down: PROMETHEUS answered 200 and nothing that Prometheus says",
                await AskAsync($$"""{"status":"success","data":{{data}}}"""));
        }
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("null")]
    [InlineData("\"up\"")]
    [InlineData("<html>")]
    [InlineData("")]
    [InlineData("""{"status":"success"}""")]
    [InlineData("""{"status":"success","data":null}""")]
    [InlineData("""{"status":"success","data":[]}""")]
    [InlineData("""{"status":"success","data":{"resultType":null,"result":null}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"string","result":[1]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"string","result":"up"}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":{"0":1}}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":1},"value":[1,"7"]}]}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[""")]
    [InlineData("""{"status":["success"]}""")]
    [InlineData("""{"status":"error","error":[1]}""")]
    public async Task What_Prometheus_does_not_say_is_no_answer_of_it(string body) =>
        Assert.Equal("Down: PROMETHEUS answered 200 and nothing that Prometheus says", await AskAsync(body));

    [Fact]
    public async Task An_answer_without_end_is_no_whole_one() =>
        Assert.Equal("Down: PROMETHEUS gave no whole answer: more than 1024 KiB", await AskAsync(new string(' ', 10_000_000)));

    /// <summary>A notification with half of a character in it is no valid text for whoever gets it.</summary>
    [Fact]
    public async Task A_long_refusal_is_cut_between_two_characters() => Assert.Equal(
        $"Down: PROMETHEUS refused the query (200): {new string('a', 199)}…",
        await AskAsync($$"""{"status":"error","error":"{{new string('a', 199)}}\ud83d\ude80 and more"}"""));

    private static async Task<string> AskAsync(string body)
    {
        using var service = new RawReceiver(
            _ => $"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {body.Length}\r\n\r\n{body}");
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        var answer = await PrometheusQuery.AskAsync(
            new WebAnswers(outgoing),
            new CheckSource.Prometheus("up", "prometheus", service.Url, TimeSpan.FromSeconds(5)),
            service.Url,
            ImmutableSortedDictionary<string, string>.Empty,
            new CheckCondition(null, 5),
            TestContext.Current.CancellationToken);
        return $"{answer.Kind}: {answer.Sentence.Replace(service.Url.Authority, "PROMETHEUS", StringComparison.Ordinal)}";
    }
}
