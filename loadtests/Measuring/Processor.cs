namespace Snapback.LoadTests.Measuring;

/// <summary>What a run was measured on.</summary>
internal static class Processor
{
    private const string Description = "/proc/cpuinfo";

    /// <summary>Its name with family and model: in a virtual machine the name alone may be a maker's for ten years of processors.</summary>
    public static string Name { get; } = File.Exists(Description)
        ? $"{Field("model name")}, family {Field("cpu family")}, model {Field("model")}"
        : "unknown";

    private static string Field(string name) =>
        File.ReadLines(Description)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .FirstOrDefault(parts => parts is [var key, _] && key == name)?[1] ?? "?";
}
