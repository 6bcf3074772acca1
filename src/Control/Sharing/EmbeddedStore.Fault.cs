using Microsoft.Data.Sqlite;

namespace Snapback.Control.Sharing;

/// <summary>Whether the file takes reads and commits.</summary>
public sealed partial class EmbeddedStore
{
    private volatile string? _fault;

    public bool IsUp => _fault is null;

    public string? Trouble => _fault is { } fault ? $"The store {fault}. {IRolloutStore.WhileAway}" : null;

    /// <summary>Which file it is, and why nothing can be written to it, or read; null while both can be.</summary>
    public string? Fault => _fault;

    /// <summary>A commit.</summary>
    private async Task<T> Run<T>(Func<T> work)
    {
        var result = await AskAsync(work);
        _fault = null;
        return result;
    }

    /// <summary>A full disk can be read: what is found there says nothing about commits, so that one is tried.</summary>
    private async Task<T> Read<T>(Func<T> work)
    {
        var result = await AskAsync(work);
        if (_fault is not null)
        {
            await ((Task)Run(Touch)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return result;

        bool Touch()
        {
            using var command = Command("PRAGMA user_version = 1");
            command.ExecuteNonQuery();
            return true;
        }
    }

    private async Task<T> AskAsync<T>(Func<T> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        try
        {
            return await _commits.RunAsync(work);
        }
        catch (SqliteException e)
        {
            _fault = $"'{_file}' is away: {e.Message.TrimEnd('.')}";
            throw new StoreUnavailableException(
                IsDamaged(e) ? $"The store '{_file}' is damaged: {e.Message} {Restore}" : $"The store '{_file}' cannot do this now: {e.Message}", e);
        }
    }
}
