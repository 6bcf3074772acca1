using System.Collections.Immutable;
using System.Text;
using Snapback.Control.Checks;
using Snapback.Control.Hooks;
using Snapback.Control.Rollouts;
using Snapback.Control.Tests.Hooks;
using Xunit;

namespace Snapback.Control.Tests.Checks;

public sealed class WebQueryTests
{
    /// <summary>JSON may hold half a character, which is no text: the reader says so only when the value is read.</summary>
    [Theory]
    [InlineData("""{"state":"\ud800"}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"state":"ok"}""")]
    [InlineData("<html>")]
    [InlineData("\uFEFF{\"state\":\"ok\"}")]
    public async Task Whatever_a_service_answers_makes_an_answer(string body)
    {
        using var service = new RawReceiver(_ => $"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}");
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        var source = new CheckSource.Web(
            service.Url, "POST", "{}", "$.state", ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromSeconds(5));

        var answer = await WebQuery.AskAsync(
            new WebAnswers(outgoing), source, new CheckCondition(null, null, "result == 'ok'"), TestContext.Current.CancellationToken);

        Assert.Equal(body.Contains("\"ok\"", StringComparison.Ordinal) ? AnswerKind.Good : AnswerKind.Nothing, answer.Kind);
    }

    [Fact]
    public async Task A_path_that_leads_nowhere_is_named()
    {
        using var service = new RawReceiver(_ => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
        using var outgoing = new Outgoing(() => HookSettings.None, TimeProvider.System);
        var source = new CheckSource.Web(
            service.Url, "POST", "{}", "{$.left}", ImmutableSortedDictionary<string, string>.Empty, TimeSpan.FromSeconds(5));

        var answer = await WebQuery.AskAsync(
            new WebAnswers(outgoing), source, new CheckCondition(null, null, "result > 1"), TestContext.Current.CancellationToken);

        Assert.Equal(new Answer(AnswerKind.Nothing, $"has nothing at {{$.left}} in what {service.Url.Authority} answered"), answer);
    }
}
