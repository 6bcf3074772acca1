using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("weigth", "weight")]
    [InlineData("Weight", "weight")]
    [InlineData("deadlin", "deadline")]
    [InlineData("requets", "requests")]
    [InlineData("hols", "hold")]
    [InlineData("colour", null)]
    [InlineData("", null)]
    public void The_nearest_word_is_suggested_if_it_is_near(string written, string? expected) =>
        Assert.Equal(expected, Suggestion.For(written, ["weight", "hold", "requests", "bake", "deadline"]));

    [Fact]
    public void A_very_long_word_is_not_even_compared() => Assert.Null(Suggestion.For(new string('w', 1_000_000), ["weight"]));

    [Theory]
    [InlineData("abc", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("abc", "ab", 1)]
    [InlineData("abc", "", 3)]
    [InlineData("kitten", "sitting", 3)]
    public void Distance_counts_slips_of_the_fingers(string a, string b, int expected) => Assert.Equal(expected, Suggestion.Distance(a, b));
}
