using Xunit;

namespace Snapback.Control.Tests;

public sealed class ReasonedTests
{
    [Theory]
    [InlineData("r")]
    [InlineData("started")]
    [InlineData("5%")]
    [InlineData("step 1 of 4")]
    public void A_reason_whose_letters_happen_to_stand_in_the_sentence_is_told(string reason) => Assert.Equal(
        $"Version 'v2' started at 5% (step 1 of 4). Reason: {reason}", Reasoned.Of("Version 'v2' started at 5% (step 1 of 4).", reason));

    [Theory]
    [InlineData("Rolled back v2 (5% → 0%) by ann: checkout is down.", "checkout is down")]
    [InlineData("Rolled back v2 (5% → 0%) by ann: checkout is down.", "checkout is down.")]
    [InlineData("Rolled back v2 (5% → 0%) by ann: really?", "really?")]
    [InlineData("ann approved to go on from 5%, until 2026-11-28 10:00:00Z: logs: clean", "logs: clean")]
    [InlineData("Waits for hook 'smoke-test'.", "Waits for hook 'smoke-test'.")]
    public void A_reason_with_which_the_sentence_ends_is_not_told_twice(string sentence, string reason) =>
        Assert.Equal(sentence, Reasoned.Of(sentence, reason));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData(" ")]
    public void Without_a_reason_the_sentence_stands_alone(string? reason) => Assert.Equal("Resumed at 5%.", Reasoned.Of("Resumed at 5%.", reason));
}
