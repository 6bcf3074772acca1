using Microsoft.Data.Sqlite;

namespace Snapback.Control.Sharing;

/// <summary>Whether it could be opened, for a start that fails already.</summary>
public sealed partial class EmbeddedStore
{
    private const string OtherDirectory = "Name a directory that can be written with --data DIR.";
    private const string Restore =
        "Move it away with its -wal and -shm, and bring your last copy back with 'snapback store import FILE --data DIR'; without one, start the rollouts anew.";

    /// <returns>What <see cref="Open"/> would say; null if it would open. Where there was no store, there is none after it.</returns>
    public static async Task<string?> ProblemAsync(string directory)
    {
        var file = FileIn(directory);
        try
        {
            if (File.Exists(file))
            {
                await Open(directory).DisposeAsync();
            }
            else
            {
                TryToWrite(file);
            }

            return null;
        }
        catch (StoreUnavailableException e)
        {
            return e.Message;
        }
    }

    private static string FileIn(string directory) => Path.Combine(Path.GetFullPath(directory), "snapback.db");

    private static StoreUnavailableException Refused(string file, Exception e) =>
        new($"The store '{file}' cannot be opened: {e.Message.TrimEnd('.')}. {(IsDamaged(e) ? Restore : OtherDirectory)}", e);

    private static bool IsDamaged(Exception e) => e is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB };

    private static void TryToWrite(string file)
    {
        var missing = new Stack<string>();
        for (var at = Path.GetDirectoryName(file); at is not null && !Directory.Exists(at); at = Path.GetDirectoryName(at))
        {
            missing.Push(at);
        }

        var made = new Stack<string>();
        try
        {
            foreach (var one in missing)
            {
                Directory.CreateDirectory(one);
                made.Push(one);
            }

            using var written = new FileStream(
                $"{file}.{Environment.ProcessId}",
                FileMode.CreateNew,
                FileAccess.Write,
                FileShare.None,
                1,
                FileOptions.DeleteOnClose);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Refused(file, e);
        }
        finally
        {
            foreach (var one in made)
            {
                Directory.Delete(one);
            }
        }
    }
}
