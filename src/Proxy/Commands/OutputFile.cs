using System.CommandLine;

namespace Snapback.Proxy.Commands;

/// <summary>A file that a verb writes. One that cannot be written is refused before the work is done whose result it should hold.</summary>
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

    /// <exception cref="UsageException">It cannot be written.</exception>
    public static async Task WriteAsync(FileInfo file, string text, CancellationToken stop)
    {
        try
        {
            await File.WriteAllTextAsync(file.FullName, text, stop);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException(Sentence(file.FullName, e));
        }
    }

    /// <summary>Tried, and left as it was: what stands there keeps its contents, and nothing stays where nothing was.</summary>
    private static string? Problem(string path)
    {
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
