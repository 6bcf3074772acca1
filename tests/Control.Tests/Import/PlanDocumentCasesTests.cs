using Snapback.Control.Import;
using Snapback.Control.Plans;
using Snapback.Control.Rollouts;
using Xunit;

namespace Snapback.Control.Tests.Import;

/// <summary>
/// Golden files: <c>cases/X.yaml</c> gives <c>cases/X.expected</c>, for each rollout of the file the notes, what was not
/// understood, the problems, and the plan.
/// </summary>
public sealed class PlanDocumentCasesTests
{
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

    private static string Tell(PlanResult result) => string.Join('\n', [
        .. result.Notes.Select(note => "note: " + note),
        .. result.NotUnderstood.Select(problem => "not understood: " + problem),
        .. result.Problems.Select(problem => problem.ToString()),
        .. result.Plan is { } plan ? [PlanYaml.Of(plan).TrimEnd()] : Array.Empty<string>(),
    ]);
}
