namespace Snapback.Journeys.Harness;

/// <summary>A directory of its own for one journey.</summary>
internal sealed class Folder : IAsyncDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("snapback-journey-").FullName;

    public string At(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text)
    {
        // Whole or not at all: the proxy under test may be reading it.
        File.WriteAllText(At(name) + ".new", text);
        File.Move(At(name) + ".new", At(name), overwrite: true);
        return At(name);
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(Path, recursive: true);
        return ValueTask.CompletedTask;
    }
}
