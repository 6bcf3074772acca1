using Xunit;

namespace Snapback.Control.Tests;

/// <summary>Texts that a person has read. SNAPBACK_UPDATE_CASES=1 writes them anew into the sources, to be read again.</summary>
internal static class Golden
{
    /// <param name="folder">Of the cases, below the output.</param>
    public static void Holds(string folder, string name, string told)
    {
        if (Environment.GetEnvironmentVariable("SNAPBACK_UPDATE_CASES") is { Length: > 0 })
        {
            File.WriteAllText(
                Path.Combine(Sources(), Path.GetRelativePath(AppContext.BaseDirectory, folder), name + ".expected"),
                told.TrimEnd() + "\n");
            return;
        }

        Assert.Equal(File.ReadAllText(Path.Combine(folder, name + ".expected")).TrimEnd(), told.TrimEnd(), ignoreLineEndingDifferences: true);
    }

    private static string Sources()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Control.Tests.csproj")))
        {
            directory = directory.Parent!;
        }

        return directory.FullName;
    }
}
