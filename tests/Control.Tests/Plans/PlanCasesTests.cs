using Snapback.Control.Plans;
using Xunit;

namespace Snapback.Control.Tests.Plans;

/// <summary>Golden files: <c>cases/X.yaml</c> gives <c>cases/X.expected</c>, the problems or the notes and canonical JSON.</summary>
public sealed class PlanCasesTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Plans", "cases");

    public static TheoryData<string> Cases =>
        [.. Directory.GetFiles(Folder, "*.yaml").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_case_gives_what_stands_beside_it(string name)
    {
        var text = File.ReadAllText(Path.Combine(Folder, name + ".yaml"));

        Golden.Holds(Folder, name, Tell(PlanReader.FromYaml(text, name + ".yaml")));
    }

    [Fact]
    public void The_cases_are_there() => Assert.True(Cases.Count >= 25);

    private static string Tell(PlanResult result) => string.Join('\n', [
        .. result.Notes.Select(note => "note: " + note),
        .. result.Problems.Select(problem => problem.ToString()),
        .. result.Plan is { } plan ? [PlanWriter.ToJson(plan)] : Array.Empty<string>(),
    ]);
}
