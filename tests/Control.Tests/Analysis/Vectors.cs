using System.Text.Json;
using Xunit;

namespace Snapback.Control.Tests.Analysis;

/// <summary>Reference values computed elsewhere, in another language, to be met within 1e-9 of each.</summary>
internal static class Vectors
{
    private const double Relative = 1e-9;

    private static readonly JsonElement All = Load();

    public static IEnumerable<JsonElement> Of(string kind) => All.GetProperty(kind).EnumerateArray();

    public static double Number(this JsonElement record, string name) => record.GetProperty(name).GetDouble();

    public static long Whole(this JsonElement record, string name) => record.GetProperty(name).GetInt64();

    public static double[] Numbers(this JsonElement record, string name) =>
        [.. record.GetProperty(name).EnumerateArray().Select(item => item.GetDouble())];

    public static void AssertClose(double expected, double actual, object because)
    {
        if (!(Math.Abs(actual - expected) <= Relative * Math.Abs(expected)))
        {
            Assert.Fail($"expected {expected:R}, got {actual:R} for {because}");
        }
    }

    public static void AssertClose(IReadOnlyList<double> expected, ReadOnlySpan<double> actual, object because)
    {
        Assert.Equal(expected.Count, actual.Length);
        for (var i = 0; i < expected.Count; i++)
        {
            AssertClose(expected[i], actual[i], because);
        }
    }

    private static JsonElement Load()
    {
        using var stream = typeof(Vectors).Assembly.GetManifestResourceStream("Analysis/vectors.json")
            ?? throw new InvalidOperationException("Analysis/vectors.json is not embedded in the test assembly.");
        using var document = JsonDocument.Parse(stream);
        return document.RootElement.Clone();
    }
}
