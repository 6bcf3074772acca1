using Snapback.Control.Rollouts;
using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Demo;
using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class DemoScreenTests
{
    /// <summary>A line of 67 columns was broken by the screen once more, in the middle of what it said.</summary>
    [Theory]
    [InlineData(40, false)]
    [InlineData(66, false)]
    [InlineData(67, true)]
    [InlineData(80, true)]
    public void The_story_is_told_in_whole_lines_and_without_a_bar_where_there_is_no_room(int width, bool hasBar)
    {
        const string sentence = "Rolled back v2 (50% → 0%): 4 of its last 7 requests failed (57%; allowed 0.5%).";
        var writer = new StringWriter();
        new DemoScreen(Cli.Console(writer, width)).Tell(TimeSpan.FromSeconds(9.08), sentence, Weight.Zero);

        string[] lines = writer.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var told = lines[0].IndexOf("Rolled", StringComparison.Ordinal);
        Assert.StartsWith("  9.08 s  ", lines[0], StringComparison.Ordinal);
        Assert.Equal(hasBar, lines[0].Contains('█', StringComparison.Ordinal));
        Assert.All(lines, line => Assert.True(line.Length <= width, $"{line.Length}: {line}"));
        Assert.Equal(sentence, string.Join(' ', lines.Select(line => line[told..].TrimEnd())));
    }

    [Fact]
    public void A_terminal_without_Unicode_gets_a_bar_of_signs_that_it_has()
    {
        var writer = new StringWriter();
        new DemoScreen(Cli.Console(writer, 80, unicode: false)).Tell(TimeSpan.FromSeconds(1), "Advanced.", new Weight(2500));
        Assert.Contains(" ===============#####  25%  Advanced.", writer.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(50, false)]
    [InlineData(51, true)]
    public void A_broken_promise_on_a_machine_without_time_is_told_as_that(int late, bool said)
    {
        var writer = new StringWriter();
        new DemoScreen(Cli.Console(writer, 80)).Summary(new DemoReport
        {
            Requests = 1000,
            Hurt = 0,
            Late = late,
            HurtByStable = 0,
            CanaryLogAfterDecision = 0,
            SentAfter = 0,
            StableAfter = 0,
            Climbed = [5],
            BugToRollbackMs = 0,
            Rollback = null,
        });

        Assert.Contains("broken:", writer.ToString(), StringComparison.Ordinal);
        Assert.Equal(said, writer.ToString().Contains("had no time", StringComparison.Ordinal));
    }
}
