namespace Snapback.LoadTests.Peers;

/// <summary>A directory of one run, and everything that was started in it: both are gone when it is.</summary>
internal sealed class Workshop : IAsyncDisposable
{
    private readonly Stack<IAsyncDisposable> _owned = [];

    /// <param name="tls">The peers speak HTTPS too.</param>
    public Workshop(bool tls = false) => Tls = tls ? TlsFiles.Make(this) : null;

    public TlsFiles? Tls { get; }

    public string Path { get; } = Directory.CreateTempSubdirectory("snapback-loadtests-").FullName;

    public string Write(string name, string text)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllText(path, text);
        return path;
    }

    public T Own<T>(T owned)
        where T : IAsyncDisposable
    {
        _owned.Push(owned);
        return owned;
    }

    public async ValueTask DisposeAsync()
    {
        while (_owned.TryPop(out var owned))
        {
            await owned.DisposeAsync();
        }

        Directory.Delete(Path, recursive: true);
    }
}
