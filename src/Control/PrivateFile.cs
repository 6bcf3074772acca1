namespace Snapback.Control;

/// <summary>Files that hold secrets, and so are for no other user of the machine from their first byte on. One that is there keeps its rights.</summary>
public static class PrivateFile
{
    /// <exception cref="IOException">It cannot be written; also an <see cref="UnauthorizedAccessException"/>.</exception>
    public static FileStream Open(string path, FileMode mode)
    {
        var options = new FileStreamOptions { Mode = mode, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(path, options);
    }

    /// <summary>For those who open it by other means.</summary>
    /// <inheritdoc cref="Open"/>
    public static void MakeIfMissing(string path)
    {
        if (!File.Exists(path))
        {
            Open(path, FileMode.OpenOrCreate).Dispose();
        }
    }
}
