using Snapback.Proxy.Commands.Rendering;
using Snapback.Proxy.Demo;
using Xunit;

namespace Snapback.Proxy.Tests.Commands.Rendering;

public sealed class DemoScreenTests
{
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
