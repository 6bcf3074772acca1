using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>A file that a verb writes its result to. One that cannot be written is refused before the work begins.</summary>
internal static class OutputFile
{
    public static Option<FileInfo?> Option(string description, string name, params string[] aliases)
    {
        var option = new Option<FileInfo?>(name, aliases) { Description = description, HelpName = "FILE" };
        option.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && Problem(token.Value) is { } problem)
            {
                result.AddError($"{option.Name}: {problem}");
            }
        });
        return option;
    }

    /// <exception cref="OutputException">It cannot be written, though it could before the work began: the disk is full.</exception>
    public static async Task WriteAsync(FileInfo file, string text, CancellationToken stop)
    {
        try
        {
            await File.WriteAllTextAsync(file.FullName, text, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new OutputException(e);
        }
    }

    /// <summary>Tries to open the file for writing: an existing file keeps its contents, and a new one is deleted again.</summary>
    private static string? Problem(string path)
    {
        if (path.Length == 0)
        {
            return "the path is empty. Give the path of a file.";
        }

        try
        {
            using var file = File.Exists(path)
                ? new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)
                : new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Sentence(path, e);
        }
    }

    private static string Sentence(string path, Exception e) =>
        Directory.Exists(path)
            ? $"'{path}' is a directory. Give the path of a file."
            : $"'{path}' cannot be written: {e.Message} Give a path that can.";
}
