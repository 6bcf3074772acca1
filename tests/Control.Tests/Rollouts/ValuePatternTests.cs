using System.Text.RegularExpressions;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Rollouts;

public sealed class ValuePatternTests
{
    /// <summary>A thread that does not run for 20 ms in the middle of a match has used no time: whom a plan names is not a stranger for it.</summary>
    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(2, false)]
    public void A_match_that_was_interrupted_is_no_no(int lateLooks, bool matches) =>
        Assert.Equal(matches, ValuePattern.Matches(new LatePattern(lateLooks), "gold"));

    /// <summary>Matches every value, but its first looks are late.</summary>
    private sealed class LatePattern : Regex
    {
        public LatePattern(int lateLooks)
        {
            pattern = "gold";
            factory = new Factory(lateLooks);
            capsize = 1;
        }

        private sealed class Factory(int lateLooks) : RegexRunnerFactory
        {
            private int _looks;

            protected override RegexRunner CreateInstance() => new Runner(() => ++_looks <= lateLooks);
        }

        private sealed class Runner(Func<bool> isLate) : RegexRunner
        {
            protected override void Scan(ReadOnlySpan<char> text)
            {
                if (isLate())
                {
                    throw new RegexMatchTimeoutException();
                }

                Capture(0, 0, text.Length);
            }
        }
    }
}
