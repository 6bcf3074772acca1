namespace Snapback.Journeys.Harness;

/// <summary>A disk of three megabytes, which a journey can fill.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    private string Filler => System.IO.Path.Combine(Path, "filler");

    public static async Task<SmallDisk> MakeAsync(string directory)
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "A disk of its own needs root.");
        var disk = new SmallDisk(Directory.CreateDirectory(directory).FullName);
        await NetworkNamespace.HereAsync("mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk.Path);
        return disk;
    }

    public void Fill()
    {
        try
        {
            using var filler = new FileStream(Filler, FileMode.Create, FileAccess.Write, FileShare.None, 0);
            while (true)
            {
                filler.Write(new byte[4096]);
            }
        }
        catch (IOException)
        {
            // It is full.
        }
    }

    public void Empty() => File.Delete(Filler);

    public async ValueTask DisposeAsync() => await NetworkNamespace.HereAsync("umount", "--lazy", Path);
}
