using System.Text.Json;
using CsCheck;
using Snapback.Control.Expressions;
using Xunit;

namespace Snapback.Control.Tests.Expressions;

public sealed class ExpressionTests
{
    private static readonly string[] Pieces =
        [
            "result", "(", ")", "[", "]", "{", "}", "#", ".", "!", "-", "&&", "||", "==", "? ", ":", "'a'", "1", "all(", ",", " ",
            "not ", "in ", "\\", "\"", "..", "nil", "\uD83D"
        ];

    [Theory]
    [InlineData("1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1+1 == 40", "null", true)]
    [InlineData("result[0] >= 0.95", "[0.99]", true)]
    [InlineData("result[0] >= 0.95", "[0.9]", false)]
    [InlineData("result[0] >= .95 && .5 < result[0]", "[0.99]", true)]
    [InlineData("result[-1] < 1", "[5, 0.5]", true)]
    [InlineData("isNaN(result) || result >= 0.95", "0.96", true)]
    [InlineData("len(result) == 0 || isNaN(result[0]) || result[0] >= 0.95", "[]", true)]
    [InlineData("default(result, 0) < 0.05", "null", true)]
    [InlineData("default(result, 0) < 0.05", "0.5", false)]
    [InlineData("default(result, 1) < 0.05", "[]", false)]
    [InlineData("all(result, # < 1000)", "[1, 999]", true)]
    [InlineData("all(result, {# < 1000})", "[1, 1000]", false)]
    [InlineData("any(result, .state == 'bad')", """[{"state":"ok"},{"state":"bad"}]""", true)]
    [InlineData("none(result, # > 5) and one(result, # == 1)", "[1, 2]", true)]
    [InlineData("count(result, # > 1) == 2 && len(filter(result, # > 1)) == 2", "[1, 2, 3]", true)]
    [InlineData("map(result, # * 2)[1] == 4", "[1, 2]", true)]
    [InlineData("result.major == '1' && result.minor in ['20', '21']", """{"major":"1","minor":"21"}""", true)]
    [InlineData("result?.missing == nil", "{}", true)]
    [InlineData("result.a.b[0][\"c-d\"] == true", """{"a":{"b":[{"c-d":true}]}}""", true)]
    [InlineData("asFloat(result) > 1.5 and asInt(result) == 1", "\"1.75\"", true)]
    [InlineData("result == 'It worked!'", "\"It worked!\"", true)]
    [InlineData("result startsWith \"It\" && result endsWith '!' && result contains 'work' && result matches '^It.*!$'", "\"It worked!\"", true)]
    [InlineData("!(result > 1) && not (result > 2)", "1", true)]
    [InlineData("result matches '^\\\\d+$' && result matches `^\\d+$`", "\"42\"", true)]
    [InlineData("result == 'it\\'s\\n\\\"\\`'", "\"it's\\n\\\"`\"", true)]
    [InlineData("result > 0 ? result < 10 : false", "5", true)]
    [InlineData("(1 + 2) * 3 - 4 / 2 == 7 && 2 ** 3 ** 2 == 512 && 7 % 4 == 3", "null", true)]
    [InlineData("1 + 2 * 3 == 7 or false and false", "null", true)]
    [InlineData("(result ?? 3) == 3", "null", true)]
    [InlineData("2 > result ?? 1", "null", true)]
    [InlineData("result.a ?? result.b ?? 3", "{\"b\":true}", true)]
    [InlineData("-2 ** 2 == -4 && 2 ** -1 == 0.5 && -2 * 3 == -6", "null", true)]
    [InlineData("!result.a ?? true && !(result.b == 1)", "{\"a\":false,\"b\":2}", true)]
    [InlineData("string(true) == 'true' && string(1.5) == '1.5' && string(nil) == 'nil' && string('a') == 'a'", "null", true)]
    [InlineData("max(result) - min(result) <= 2 && sum(result) == 6 && mean(result) == 2", "[1, 2, 3]", true)]
    [InlineData("-result < 0 && abs(-result) == result", "3", true)]
    [InlineData("result not in [1, 2]", "3", true)]
    [InlineData("1e-3 == 0.001 && 1_000 == 1000", "null", true)]
    [InlineData("result", "1", false)]
    public void Conditions_as_manifests_write_them_hold(string text, string json, bool holds)
    {
        Assert.True(Expression.TryParse(text, out var expression, out var error), error);
        using var result = JsonDocument.Parse(json);

        Assert.Equal(holds, expression.IsTrue(JsonPath.Value(result.RootElement)));
    }

    [Theory]
    [InlineData("result >= 0.95", false)]
    [InlineData("!(result < 0.95)", true)]
    [InlineData("isNaN(result) || result >= 0.95", true)]
    [InlineData("default(result, 1) >= 0.95", true)]
    [InlineData("result == result", false)]
    public void NaN_compares_as_in_every_language(string text, bool holds)
    {
        Assert.True(Expression.TryParse(text, out var expression, out _));

        Assert.Equal(holds, expression.IsTrue(double.NaN));
    }

    [Theory]
    [InlineData("result[0] > 1", "[]", "There is no element 0 in a list of 0.")]
    [InlineData("result > 1", "\"fast\"", "> takes a number, not text.")]
    [InlineData("result && true", "1", "&& takes true or false, not a number.")]
    [InlineData("result.a > 1", "[]", ".a takes a map, not a list.")]
    [InlineData("len(result) > 1", "3", "len takes a list, not a number.")]
    [InlineData("string(result) == '[]'", "[]", "string takes a number, text, true or false, or nil, not a list.")]
    [InlineData("result matches result + '(?=a)'", "\"a\"", "The pattern of matches cannot be used: it is malformed, looks around or back, or takes too long.")]
    public void A_value_of_another_kind_is_an_error_and_no_guess(string text, string json, string sentence)
    {
        Assert.True(Expression.TryParse(text, out var expression, out _));
        using var result = JsonDocument.Parse(json);

        Assert.Equal(sentence, Assert.Throws<ExpressionException>(() => expression.IsTrue(JsonPath.Value(result.RootElement))).Message);
    }

    [Theory]
    [InlineData("", "The expression is empty.")]
    [InlineData("result >", "The expression ends too early.")]
    [InlineData("resul > 1", "'resul' at 1 is not known; the value is called result.")]
    [InlineData("result.#", "A name belongs at 8.")]
    [InlineData("# > 1", "'#' at 1 is not understood.")]
    [InlineData("reduce(result, #acc + #)", "The function reduce at 1 is not supported.")]
    [InlineData("result[1:2] == 1", "Slices (':' at 9) are not supported.")]
    [InlineData("result in 1..3", "'..' at 12 is not supported.")]
    [InlineData("isNaN() > 1", "isNaN at 1 takes one argument.")]
    [InlineData("all(result)", "all at 1 takes a list and a predicate, such as all(result, # < 1000).")]
    [InlineData("(result > 1", "')' is missing at 12.")]
    [InlineData("result == 'a", "The text that begins at 11 does not end.")]
    [InlineData("result = 1", "The character '=' at 8 is not understood.")]
    [InlineData(
        "result matches '\\d+'", "The escape '\\d' at 17 is not known; write \\\\ for a backslash, or put the text into `…`.")]
    [InlineData("result > 1.2.3", "'1.2.3' at 10 is not a number.")]
    [InlineData("result ?? 0 < 5", "'<' at 13 is mixed with ??; write parentheses, such as (result ?? 0) < 1.")]
    [InlineData("0 < result < 5", "'<' at 12 compares a comparison; join two with &&, such as 0 < result && result < 1.")]
    [InlineData("1 == 1 in [true]", "'in' at 8 compares a comparison; join two with &&, such as 0 < result && result < 1.")]
    [InlineData("result matches '('", "The pattern at 16 cannot be used: it is no regular expression.")]
    [InlineData(
        "result matches '(?=a)'",
        "The pattern at 16 cannot be used: it looks around or back, or repeats too much to be matched in linear time.")]
    public void What_is_not_understood_is_named(string text, string sentence)
    {
        Assert.False(Expression.TryParse(text, out _, out var error));
        Assert.Equal(sentence, error);
    }

    [Theory]
    [InlineData("!", "true")]
    [InlineData("-", "1")]
    [InlineData("(", "1")]
    public void Nesting_beyond_anybodys_condition_is_refused(string opening, string core)
    {
        Assert.False(Expression.TryParse(string.Concat(Enumerable.Repeat(opening, 1900)) + core, out _, out var error));
        Assert.Equal("The expression is nested deeper than 50 levels.", error);
    }

    [Fact]
    public void No_text_throws_hangs_or_overflows() =>
        Gen.OneOf(Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]), Gen.String[0, 4]).Array[0, 80].Sample(
        pieces =>
        {
            if (!Expression.TryParse(string.Concat(pieces), out var expression, out _))
            {
                return;
            }

            try
            {
                expression.Evaluate(new List<object?> { 1.0, "a", null });
            }
            catch (ExpressionException)
            {
                // A value of the wrong kind.
            }
        },
        iter: 20_000);

    [Theory]
    [InlineData("{$.message}", """{"message":"hi"}""", "\"hi\"")]
    [InlineData("$.a[1].b", """{"a":[0,{"b":2}]}""", "2")]
    [InlineData("{.a['x.y']}", """{"a":{"x.y":3}}""", "3")]
    [InlineData("a.b", """{"a":{"b":4}}""", "4")]
    [InlineData("{$.items[*].ok}", """{"items":[{"ok":true},{"ok":false}]}""", "[true,false]")]
    [InlineData("{$}", "7", "7")]
    [InlineData("$[-1]", "[1,2]", "2")]
    public void A_path_leads_to_its_value(string path, string json, string value)
    {
        Assert.True(JsonPath.TryParse(path, out var parsed, out var error), error);
        using var document = JsonDocument.Parse(json);

        Assert.Equal(value, JsonSerializer.Serialize(parsed.Read(document.RootElement)));
    }

    [Theory]
    [InlineData("$..a", "Recursive descent (..) is not supported.")]
    [InlineData("$.a[?(@.b==1)]", "Filters (?(…)) are not supported.")]
    [InlineData("$.a[1:2]", "[1:2] is not supported; write [0], [*] or ['name'].")]
    [InlineData("$.a[", "'[' is not understood here.")]
    public void A_path_that_is_not_supported_is_named(string path, string sentence)
    {
        Assert.False(JsonPath.TryParse(path, out _, out var error));
        Assert.Equal(sentence, error);
    }
}
