using Snapback.Control.Checks;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Checks;

public sealed class ConditionEvaluatorTests
{
    private static readonly CheckCondition AtMostOne = new(Min: null, Max: 1);

    public static TheoryData<object?, string> Values => new()
    {
        { 0.5, "Good: is 0.5 (allowed: at most 1)" },
        { new List<object?> { 0.5, 2.0, null }, "Bad: is 2 (allowed: at most 1)" },
        { new List<object?> { null, double.NaN }, "Nothing: has no value" },
        { new List<object?>(), "Nothing: has no value" },
        { "down", "Down: answered 'down', which is no number" },
        { new List<object?> { null, "down" }, "Down: answered 'down', which is no number" },
        { new List<object?> { 0.5, true }, "Down: answered true, which is no number" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void Every_series_must_keep_the_limits_and_what_is_no_number_is_no_answer(object? value, string expected)
    {
        var answer = ConditionEvaluator.Of(AtMostOne, value);
        Assert.Equal(expected, $"{answer.Kind}: {answer.Sentence}");
    }

    [Theory]
    [InlineData(2.0, 0.5, "Bad: is 2 for {pod=\"a\"} (allowed: at most 1)")]
    [InlineData(0.5, 3.0, "Bad: is 3 for {pod=\"b?\"} (allowed: at most 1)")]
    [InlineData(0.5, double.NaN, "Good: is 0.5 for {pod=\"a\"} (allowed: at most 1)")]
    public void Of_several_series_the_worst_is_named(double first, double second, string expected)
    {
        var answer = ConditionEvaluator.Of(AtMostOne, new List<object?> { first, second }, series: ["{pod=\"a\"}", "{pod=\"b\u001b\"}"]);
        Assert.Equal(expected, $"{answer.Kind}: {answer.Sentence}");
    }

    /// <summary>As 0/0 of a quiet minute is: it fails every comparison, and would roll back by a success and pass by a failure.</summary>
    [Theory]
    [InlineData("result[0] >= 0.95", null, "Nothing: has no value")]
    [InlineData(null, "result[0] > 0.05", "Nothing: has no value")]
    [InlineData("isNaN(result[0]) || result[0] >= 0.95", null, "Good: is [NaN]: isNaN(result[0]) || result[0] >= 0.95")]
    [InlineData(null, "default(result[0], 1) > 0.05", "Bad: is [NaN]: default(result[0], 1) > 0.05")]
    public void NaN_is_no_value_but_for_a_condition_that_foresees_it(string? success, string? failure, string expected)
    {
        var answer = ConditionEvaluator.Of(new CheckCondition(null, null, success, failure), new List<object?> { double.NaN });
        Assert.Equal(expected, $"{answer.Kind}: {answer.Sentence}");
    }

    [Theory]
    [InlineData("result[0] >= 0.95", "Nothing: has no value")]
    [InlineData("len(result) == 0 || result[0] >= 0.95", "Good: is []: len(result) == 0 || result[0] >= 0.95")]
    public void No_series_are_no_value_but_for_a_condition_that_can_take_them(string success, string expected)
    {
        var answer = ConditionEvaluator.Of(new CheckCondition(null, null, success), new List<object?>());
        Assert.Equal(expected, $"{answer.Kind}: {answer.Sentence}");
    }

    /// <summary>The limit was not looked at: a plan that allowed 0.5% was satisfied by anything that its expression took.</summary>
    [Theory]
    [InlineData(2.0, "Bad: is 2 (allowed: at most 1)")]
    [InlineData(-0.5, "Bad: is [-0.5]: not result[0] >= 0")]
    [InlineData(0.5, "Good: is [0.5]: result[0] >= 0")]
    [InlineData(double.NaN, "Nothing: has no value")]
    public void Limits_beside_an_expression_must_be_kept_as_well(double value, string expected)
    {
        var answer = ConditionEvaluator.Of(AtMostOne with { Success = "result[0] >= 0" }, new List<object?> { value });
        Assert.Equal(expected, $"{answer.Kind}: {answer.Sentence}");
    }

    [Fact]
    public void A_series_alone_needs_no_name() =>
        Assert.Equal("is 2 (allowed: at most 1)", ConditionEvaluator.Of(AtMostOne, new List<object?> { 2.0 }, series: ["{}"]).Sentence);

    [Theory]
    [InlineData("result < 1", "Down: answered [7], which the condition cannot take: < takes a number, not a list; the first of a list is result[0]")]
    [InlineData("result[0] < 1", "Bad: is [7]: not result[0] < 1")]
    public void A_series_alone_is_a_list_of_one_too_and_whoever_takes_it_for_a_number_is_told_how_to_get_at_it(string success, string expected)
    {
        var answer = ConditionEvaluator.Of(new CheckCondition(null, null, success), new List<object?> { 7.0 });
        Assert.Equal(expected, $"{answer.Kind}: {answer.Sentence}");
    }
}
