using System.Text.RegularExpressions;
using CsCheck;
using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Import;

/// <summary>
/// Golden files: <c>cases/X.yaml</c> gives <c>cases/X.expected</c>, for each rollout of the file the notes, what was not
/// understood, the problems, and the plan.
/// </summary>
public sealed partial class PlanDocumentCasesTests
{
    private static readonly string[] Odd =
    [
        "", "~", "[]", "{}", "[ a ]", "{ a: b }", "[ [ { a: [] } ] ]", "-1", "0", "99999999999999999999", "1e9", ".nan", "-.inf", "0.5", "true", "''",
        "' '", "{{args.name}}", "'{{args.name}}'", "'(['", "1h30m", "-1h", "400h", "http://x/y", "|\n  text\n",
    ];

    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Import", "cases");

    public static TheoryData<string> Cases =>
        [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_manifest_gives_what_stands_beside_it(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, name + ".yaml"));

        Golden.Holds(Folder, name, string.Join("\n---\n", PlanDocument.ReadAll(text, name + ".yaml").Select(Tell)));
    }

    /// <summary>What is written is what was read, in another dress.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void An_imported_plan_is_read_back_from_its_yaml(string name)
    {
        foreach (var plan in PlanDocument.ReadAll(File.ReadAllText(Path.Combine(Folder, name + ".yaml"))).Select(result => result.Plan).OfType<RolloutPlan>())
        {
            var again = PlanReader.FromYaml(PlanYaml.Of(plan));

            Assert.Empty(again.Problems);
            Assert.Equal(PlanWriter.ToJson(plan), PlanWriter.ToJson(again.Plan!));
        }
    }

    [Fact]
    public void A_file_of_several_rollouts_wants_a_name()
    {
        const string two = """
            { apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: { name: a }, spec: { strategy: { canary: { steps: [ { setWeight: 5 } ] } } } }
            ---
            { apiVersion: argoproj.io/v1alpha1, kind: Rollout, metadata: { name: b }, spec: { strategy: { canary: { steps: [ { setWeight: 7 } ] } } } }
            """;

        Assert.Contains("2 rollouts: a, b", Assert.Single(PlanDocument.Read(two).Problems).Message, StringComparison.Ordinal);
        Assert.Equal("7%", PlanDocument.Read(two, defaults: new PlanDefaults("b")).Plan!.Steps[0].Weight.ToString());
    }

    [Fact]
    public void A_native_plan_passes_through() => Assert.Equal("payments", PlanDocument.Read("""
        name: payments
        stable: a
        canary: b
        objectives: [ { metric: success-rate, min: 99.5% } ]
        rollback: { authority: [ operator ], deadline: 5m }
        """).Plan!.Name);

    [Fact]
    public void No_value_of_another_kind_in_a_manifest_throws_or_hangs() => Gen.Select(
        Gen.OneOf([.. Cases.Select(one => File.ReadAllText(Path.Combine(Folder, one.Data + ".yaml")))]),
        Gen.Int[0, 10_000],
        Gen.OneOf(Odd)).Sample(
        (manifest, at, odd) =>
        {
            var values = Value().Matches(manifest);
            var value = values.Count == 0 ? Match.Empty : values[at % values.Count];
            foreach (var result in PlanDocument.ReadAll(string.Concat(manifest.AsSpan(0, value.Index), odd, manifest.AsSpan(value.Index + value.Length))))
            {
                Assert.NotEqual(result.IsValid, result.Problems.Length > 0);
            }
        },
        iter: 3000);

    /// <summary>Thirty levels of two would be a billion, and so would all metrics in every step.</summary>
    [Fact]
    public void Templates_that_refer_to_each_other_again_and_again_are_read_in_no_time()
    {
        const int levels = 30;
        var templates = Enumerable.Range(0, levels).Select(level =>
            $$"""
            ---
            apiVersion: argoproj.io/v1alpha1
            kind: AnalysisTemplate
            metadata: { name: t{{level}} }
            spec:
              templates: [ { templateName: t{{level + 1}} }, { templateName: t{{level + 1}} } ]
            """);
        var result = PlanDocument.Read(string.Join('\n', [Rollout("{ templateName: t0 }"), .. templates, Template($"t{levels}", "up")]));

        Assert.Equal("m", Assert.Single(result.Plan!.Checks).Name);
    }

    [Fact]
    public void An_argument_that_stands_in_many_places_does_not_make_a_huge_plan()
    {
        var gaps = string.Concat(Enumerable.Repeat("{{args.x}}", 40_000));
        var result = PlanDocument.Read($"{Rollout("{ templateName: t }", new string('x', 400_000))}\n{Template("t", gaps)}");

        Assert.Contains("longer than 10000 characters", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_stands_in_many_places_does_not_make_a_huge_plan()
    {
        var gaps = string.Concat(Enumerable.Repeat("{{ variables.x }}", 30_000));
        var result = PlanDocument.Read($$"""
            apiVersion: flagger.app/v1beta1
            kind: Canary
            metadata: { name: cart }
            spec:
              analysis:
                stepWeight: 50
                metrics: [ { name: m, templateRef: { name: t }, templateVariables: { x: {{new string('x', 400_000)}} }, thresholdRange: { max: 1 } } ]
            ---
            apiVersion: flagger.app/v1beta1
            kind: MetricTemplate
            metadata: { name: t }
            spec: { provider: { type: prometheus }, query: "{{gaps}}" }
            """);

        Assert.Contains("longer than 10000 characters", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_a_great_many_unknown_fields_it_is_said_how_many_are_not_shown()
    {
        var fields = string.Concat(Enumerable.Range(0, 9000).Select(number => $"\nfield{number}: 1"));
        var result = PlanDocument.Read($"{Rollout("{ templateName: t }")}{fields}\n{Template("t", "up")}");

        Assert.Equal(101, result.NotUnderstood.Length);
        Assert.Equal("8900 more are not shown.", result.NotUnderstood[^1].Message);
    }

    [Fact]
    public void Metrics_that_every_step_asks_again_are_counted()
    {
        var steps = string.Join(", ", Enumerable.Repeat("{ analysis: { templates: [ { templateName: t } ] } }", 1001));
        var rollout = Rollout("{ templateName: t }").Replace("steps: [", $"steps: [ {steps}, ", StringComparison.Ordinal);
        var result = PlanDocument.Read($"{rollout}\n{Template("t", "up")}");

        Assert.Contains("more than 1000 metrics", Assert.Single(result.Problems).Message, StringComparison.Ordinal);
    }

    private static string Rollout(string template, string argument = "") =>
        $$"""
        apiVersion: argoproj.io/v1alpha1
        kind: Rollout
        metadata: { name: cart }
        spec:
          strategy:
            canary:
              analysis: { templates: [ {{template}} ], args: [ { name: x, value: "{{argument}}" } ] }
              steps: [ { setWeight: 20 } ]
        """;

    private static string Template(string name, string query) =>
        $$"""
        ---
        apiVersion: argoproj.io/v1alpha1
        kind: AnalysisTemplate
        metadata: { name: {{name}} }
        spec:
          metrics:
            - name: m
              interval: 1m
              successCondition: result[0] > 1
              provider: { prometheus: { query: "{{query}}" } }
        """;

    private static string Tell(PlanResult result) => string.Join('\n', [
        .. result.Notes.Select(note => "note: " + note),
        .. result.NotUnderstood.Select(problem => "not understood: " + problem),
        .. result.Problems.Select(problem => problem.ToString()),
        .. result.Plan is { } plan ? [PlanYaml.Of(plan).TrimEnd()] : Array.Empty<string>(),
    ]);

    [GeneratedRegex(@"(?<=: )[^\n,}\]]+")]
    private static partial Regex Value();
}
