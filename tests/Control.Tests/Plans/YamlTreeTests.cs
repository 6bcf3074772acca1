using System.Diagnostics;
using CsCheck;
using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

/// <summary>Documents made to harm; the readable ones are golden cases.</summary>
public sealed class YamlTreeTests
{
    // Generous for a busy machine; each of these takes some milliseconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly string Valid = """
        name: payments
        stable: a
        canary: b
        steps:
          - { weight: 5%, hold: 10m, requests: 500 }
          - { weight: 100%, bake: 30m }
        objectives:
          - { metric: success-rate, min: 99.5% }
          - metric: "p95"
            max: 400ms
        rollback: { authority: [ operator ], deadline: 5m }
        sticky: { by: cookie:session, or: [ ip ] }
        hooks: [ { when: step, url: http://x/y } ]
        """;

    private static readonly Gen<string> Piece = Gen.OneOf(
        Gen.OneOf(
            "&a ", "*a", "!!int ", "---\n", "...\n", "? ", ": ", "- ", "{", "}", "[", "]", ", ", "'", "\"", "|\n", ">-\n", "#", "%YAML 9.9\n",
            "\t", "\n", "\r", "\n  ", "\0", "\u2028", "\uFEFF", "\uD83D", "\\u12", "<<: *a", ".nan", "010", "@", "`", "kind: x",
            "99999999999999999999"),
        Gen.String[0, 5],
        Gen.Char.AlphaNumeric.Select(c => c.ToString()));

    private static readonly Gen<(int At, int Cut, string Piece)> Mutation = Gen.Select(Gen.Int[0, 600], Gen.Int[0, 8], Piece);

    [Fact]
    public void No_mutation_of_a_plan_throws_or_hangs() => Mutation.Array[1, 6].Sample(
        mutations =>
        {
            var text = mutations.Aggregate(Valid, (text, m) =>
            {
                var at = m.At % text.Length;
                return string.Concat(text.AsSpan(0, at), m.Piece, text.AsSpan(Math.Min(at + m.Cut, text.Length)), " ");
            });
            Survives(text);
        },
        iter: 5000);

    [Fact]
    public void No_soup_of_yaml_throws_or_hangs() => Piece.Array[0, 60].Sample(pieces => Survives(string.Concat(pieces)), iter: 5000);

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("&a ")]
    [InlineData("!t ")]
    [InlineData("*a, ")]
    [InlineData("a: b\n")]
    [InlineData("a: &a b\n")]
    [InlineData("- {x: [y]}\n")]
    [InlineData("--- a\n")]
    [InlineData("# c\n")]
    [InlineData(" ")]
    [InlineData("\n")]
    [InlineData("x")]
    [InlineData("\"\\\"")]
    [InlineData("'")]
    [InlineData("|\n ")]
    [InlineData("%TAG !a! x\n")]
    [InlineData("0")]
    public void A_mebibyte_of_anything_is_refused_soon(string piece)
    {
        var repeated = string.Concat(Enumerable.Repeat(piece, (1 << 20) / piece.Length));

        Assert.Null(Survives(repeated).Plan);
        Assert.Null(Survives("name: " + repeated[..^10]).Plan);
        Assert.Null(Survives("steps: [" + repeated[..^10]).Plan);
    }

    [Fact]
    public void More_than_a_mebibyte_is_not_even_parsed()
    {
        var result = PlanReader.FromYaml(Valid + new string('#', 1 << 20));

        Assert.Equal("The document is larger than 1 MiB.", Assert.Single(result.Problems).Message);
    }

    [Fact]
    public void Text_after_a_nul_is_not_dropped_in_silence() =>
        Assert.Contains("NUL", Assert.Single(PlanReader.FromYaml(Valid + "\n\0shield: on").Problems).Message, StringComparison.Ordinal);

    [Fact]
    public void The_first_hundred_problems_are_told_and_that_there_are_more()
    {
        var result = PlanReader.FromYaml(string.Concat(Enumerable.Range(0, 5000).Select(i => $"key{i}: x\n")));

        Assert.Equal(101, result.Problems.Length);
        Assert.Equal("Only the first 100 problems are shown. Mend these and check again.", result.Problems[^1].ToString());
    }

    [Fact]
    public void Json_escapes_are_read_as_json_means_them()
    {
        var plan = DefaultPlan.For("payments", "a", "b");
        var json = PlanWriter.ToJson(plan).Replace("\"operator\"", """
            "\ud83d\ude00\u00e9\/\"\\"
            """, StringComparison.Ordinal).Replace("  ", "\t", StringComparison.Ordinal);

        Assert.Equal(["😀é/\"\\"], PlanReader.FromYaml(json).Plan?.Rollback.Authority);
    }

    private static PlanResult Survives(string text)
    {
        var start = Stopwatch.GetTimestamp();
        var result = PlanReader.FromYaml(text, "fuzz.yaml");

        Assert.True(Stopwatch.GetElapsedTime(start) < Patience);
        Assert.Equal(result.Plan is null, result.Problems.Length > 0);
        Assert.All(result.Problems, problem => Assert.DoesNotContain('\n', problem.ToString()));
        return result;
    }
}
